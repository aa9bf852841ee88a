// A thenable that never settles and loops.
// Expected: stopped.
export default {
  fetch() {
    return {
      then() {
        for (;;) {}
      },
    };
  },
};
