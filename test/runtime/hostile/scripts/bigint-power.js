// A power that has millions of digits.
// Expected: stopped.
export default {
  fetch() {
    for (;;) 3n ** 20_000_000n;
  },
};
