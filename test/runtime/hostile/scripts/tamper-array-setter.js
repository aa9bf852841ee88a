// A setter for index 0 of every array.
// Expected: contained.
export default {
  fetch() {
    Object.defineProperty(Array.prototype, 0, {
      set() {
        for (;;) {}
      },
      get: () => "forged",
      configurable: true,
    });
    return new Response("tampered");
  },
};
