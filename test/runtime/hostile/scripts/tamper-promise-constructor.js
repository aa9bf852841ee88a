// Promises are made by another constructor.
// Expected: contained.
export default {
  fetch() {
    Object.defineProperty(Promise.prototype, "constructor", {
      get() {
        throw new Error("tampered");
      },
    });
    Promise.resolve = () => {
      throw new Error("tampered");
    };
    return new Response("tampered");
  },
};
