// A loop that catches whatever is thrown at it.
// Expected: stopped.
export default {
  fetch() {
    for (;;) {
      try {
        for (;;) {}
      } catch {}
    }
  },
};
