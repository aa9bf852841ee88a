// Encodes a huge text.
// Expected: stopped.
export default {
  fetch() {
    for (;;) encodeURIComponent("ü".repeat(50_000_000));
  },
};
