// Throws what has 400 MB of text.
// Expected: stopped.
export default {
  fetch() {
    throw { toString: () => "x".repeat(400_000_000) };
  },
};
