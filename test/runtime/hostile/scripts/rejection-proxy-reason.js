// An unhandled rejection with a proxy that loops.
// Expected: contained.
export default {
  fetch() {
    Promise.reject(
      new Proxy(
        {},
        {
          get() {
            for (;;) {}
          },
          getPrototypeOf() {
            for (;;) {}
          },
          getOwnPropertyDescriptor() {
            for (;;) {}
          },
        },
      ),
    );
  },
};
