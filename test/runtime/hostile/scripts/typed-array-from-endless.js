// A typed array from an endless iterator.
// Expected: stopped.
export default {
  fetch() {
    Uint8Array.from({
      *[Symbol.iterator]() {
        for (;;) yield 1;
      },
    });
  },
};
