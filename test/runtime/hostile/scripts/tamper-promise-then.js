// Promise.prototype.then loops.
// Expected: contained.
export default {
  fetch() {
    Promise.prototype.then = () => {
      for (;;) {}
    };
    return new Response("tampered");
  },
};
