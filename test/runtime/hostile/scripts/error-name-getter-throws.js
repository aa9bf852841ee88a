// An error whose name is an error.
// Expected: stopped.
export default {
  fetch() {
    throw Object.defineProperty(new Error(), "name", {
      get() {
        throw this;
      },
    });
  },
};
