// Searches an array-like of the greatest length.
// Expected: stopped.
export default {
  fetch() {
    Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);
    return new Response("done");
  },
};
