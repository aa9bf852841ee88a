// Throws a symbol.
// Expected: stopped.
export default {
  fetch() {
    throw Symbol("x");
  },
};
