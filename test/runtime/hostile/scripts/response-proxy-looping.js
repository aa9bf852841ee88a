// A proxy whose traps never return.
// Expected: stopped.
export default {
  fetch() {
    return new Proxy(new Response("x"), {
      get() {
        for (;;) {}
      },
      getPrototypeOf() {
        for (;;) {}
      },
    });
  },
};
