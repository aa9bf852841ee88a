// Normalizes without end.
// Expected: stopped.
export default {
  fetch() {
    const text = "\u1e9b\u0323".repeat(5_000_000);
    for (;;) text.normalize("NFKD");
  },
};
