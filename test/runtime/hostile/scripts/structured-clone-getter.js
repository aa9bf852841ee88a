// Clones a getter that always has more.
// Expected: stopped.
export default {
  fetch() {
    const more = () => ({
      get more() {
        return more();
      },
    });
    structuredClone(more());
    for (;;) {}
  },
};
