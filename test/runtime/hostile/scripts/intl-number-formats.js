// Formats the greatest numbers.
// Expected: stopped.
export default {
  fetch() {
    for (;;) (10n ** 100_000n).toLocaleString("de-DE");
  },
};
