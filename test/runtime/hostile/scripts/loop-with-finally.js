// A loop that continues out of every finally.
// Expected: stopped.
export default {
  fetch() {
    outer: for (;;) {
      try {
        for (;;) {}
      } finally {
        continue outer;
      }
    }
  },
};
