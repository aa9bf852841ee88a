// Leaves a hostile rejection behind.
// Expected: contained.
Promise.reject(
  Object.defineProperty(new Error(), "stack", {
    get() {
      for (;;) {}
    },
  }),
);
export default { fetch: () => new Response("done") };
