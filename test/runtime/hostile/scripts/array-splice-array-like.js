// Splices an array-like of the greatest length.
// Expected: stopped.
export default {
  fetch() {
    Array.prototype.splice.call({ length: 2 ** 53 - 2 }, 0, 1);
    return new Response("done");
  },
};
