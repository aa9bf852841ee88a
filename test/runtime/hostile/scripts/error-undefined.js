// Throws nothing.
// Expected: stopped.
export default {
  fetch() {
    throw undefined;
  },
};
