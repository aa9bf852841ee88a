// Shifts an array-like of the greatest length up.
// Expected: stopped.
export default {
  fetch() {
    Array.prototype.unshift.call({ length: 2 ** 53 - 2, 0: 1 }, 1);
    return new Response("done");
  },
};
