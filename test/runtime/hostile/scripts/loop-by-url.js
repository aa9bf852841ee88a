// Makes the host parse long addresses without end.
// Expected: stopped.
export default {
  fetch() {
    const text = `http://${"ü".repeat(100_000)}.example/`;
    for (;;) {
      try {
        new URL(text);
      } catch {}
    }
  },
};
