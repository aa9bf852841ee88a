// An async loop that only awaits what is there already.
// Expected: stopped.
export default {
  async fetch() {
    for (;;) await null;
  },
};
