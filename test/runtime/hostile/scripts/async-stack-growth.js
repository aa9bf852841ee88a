// A chain of a million pending awaits.
// Expected: stopped.
export default {
  fetch() {
    const down = async (n) => (n === 0 ? new Promise(() => {}) : down(n - 1));
    for (;;) down(5000);
  },
};
