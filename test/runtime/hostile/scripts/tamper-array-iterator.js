// Arrays can no longer be iterated.
// Expected: contained.
export default {
  fetch() {
    Array.prototype[Symbol.iterator] = function* forged() {
      for (;;) yield "x";
    };
    return new Response("tampered");
  },
};
