// Base64 of hundreds of megabytes.
// Expected: stopped.
export default {
  fetch() {
    for (;;) atob(btoa("x".repeat(100_000_000)));
  },
};
