// An error whose message never comes.
// Expected: stopped.
export default {
  fetch() {
    throw Object.defineProperty(new Error(), "message", {
      get() {
        for (;;) {}
      },
    });
  },
};
