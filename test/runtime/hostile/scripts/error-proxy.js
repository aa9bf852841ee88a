// Throws a proxy.
// Expected: stopped.
export default {
  fetch() {
    throw new Proxy(new Error(), {
      get() {
        for (;;) {}
      },
      getPrototypeOf() {
        for (;;) {}
      },
    });
  },
};
