// Encodes hundreds of megabytes.
// Expected: stopped.
export default {
  fetch() {
    for (;;) new TextEncoder().encode("ü".repeat(100_000_000));
  },
};
