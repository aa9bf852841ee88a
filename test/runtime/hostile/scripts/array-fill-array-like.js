// Fills an array-like of the greatest length.
// Expected: stopped.
export default {
  fetch() {
    Array.prototype.fill.call({ length: 2 ** 53 - 1 }, 0);
    return new Response("done");
  },
};
