// Error.prepareStackTrace that never returns.
// Expected: stopped.
Error.prepareStackTrace = () => {
  for (;;) {}
};
export default {
  fetch() {
    throw new Error("x");
  },
};
