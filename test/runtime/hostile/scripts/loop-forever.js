// A turn that never ends.
// Expected: stopped.
export default {
  fetch() {
    for (;;) {}
  },
};
