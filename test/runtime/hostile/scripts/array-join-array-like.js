// Joins an array-like of the greatest length.
// Expected: stopped.
export default {
  fetch() {
    Array.prototype.join.call({ length: 2 ** 53 - 1 });
    return new Response("done");
  },
};
