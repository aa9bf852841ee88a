// An error whose stack never comes.
// Expected: stopped.
export default {
  fetch() {
    throw Object.defineProperty(new Error(), "stack", {
      get() {
        for (;;) {}
      },
    });
  },
};
