// Throws an error of 200 MB.
// Expected: stopped.
export default {
  fetch() {
    throw new Error("x".repeat(200_000_000));
  },
};
