// Reads a number of millions of digits.
// Expected: stopped.
export default {
  fetch() {
    for (;;) BigInt("9".repeat(50_000_000));
  },
};
