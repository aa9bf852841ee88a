// An unhandled rejection whose reason loops when it is read.
// Expected: contained.
export default {
  fetch() {
    Promise.reject(
      Object.defineProperties(new Error(), {
        message: {
          get() {
            for (;;) {}
          },
        },
        stack: {
          get() {
            for (;;) {}
          },
        },
      }),
    );
  },
};
