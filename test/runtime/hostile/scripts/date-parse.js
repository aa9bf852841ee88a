// Parses dates of megabytes.
// Expected: stopped.
export default {
  fetch() {
    for (;;) Date.parse(`1${"(".repeat(10_000_000)}`);
  },
};
