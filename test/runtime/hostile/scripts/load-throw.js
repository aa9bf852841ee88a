// Throws while it loads.
// Expected: stopped.
throw Object.defineProperty(new Error(), "message", {
  get() {
    for (;;) {}
  },
});
export default { fetch() {} };
