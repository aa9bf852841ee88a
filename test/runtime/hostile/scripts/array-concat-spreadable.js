// Concatenates array-likes of the greatest length.
// Expected: stopped.
export default {
  fetch() {
    const huge = { length: 2 ** 31, [Symbol.isConcatSpreadable]: true };
    for (;;) {
      try {
        [].concat(huge);
      } catch {}
    }
  },
};
