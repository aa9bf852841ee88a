// A comparator that never returns.
// Expected: stopped.
export default {
  fetch() {
    [2, 1].sort(() => {
      for (;;) {}
    });
  },
};
