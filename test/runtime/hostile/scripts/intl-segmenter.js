// Segments a long text.
// Expected: stopped.
export default {
  fetch() {
    for (;;) [...new Intl.Segmenter("th", { granularity: "word" }).segment("ก".repeat(1_000_000))];
  },
};
