// A loop in evaluated code.
// Expected: stopped.
export default {
  fetch() {
    (0, eval)("for (;;) {}");
  },
};
