// Writes out a number of hundreds of millions of bits.
// Expected: stopped.
export default {
  fetch() {
    for (;;) (1n << 200_000_000n).toString();
  },
};
