// Error.prepareStackTrace that throws.
// Expected: stopped.
Error.prepareStackTrace = () => {
  throw new Error("y");
};
export default {
  fetch() {
    throw new Error("x");
  },
};
