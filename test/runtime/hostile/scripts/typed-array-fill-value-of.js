// A valueOf that never returns, called by a builtin.
// Expected: stopped.
export default {
  fetch() {
    new Uint8Array(10).fill({
      valueOf() {
        for (;;) {}
      },
    });
  },
};
