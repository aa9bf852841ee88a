// Calls into the host without end.
// Expected: stopped.
export default {
  fetch() {
    for (;;) performance.now();
  },
};
