// Its handler never comes.
// Expected: stopped.
export default {
  get fetch() {
    for (;;) {}
  },
};
