// Its handler is a proxy.
// Expected: stopped.
export default new Proxy(
  {},
  {
    get: () =>
      new Proxy(() => {}, {
        apply() {
          for (;;) {}
        },
      }),
  },
);
