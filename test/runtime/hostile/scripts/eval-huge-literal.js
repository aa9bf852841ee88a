// Source of a hundred megabytes.
// Expected: stopped.
export default {
  fetch() {
    for (;;) (0, eval)(`[${"1,".repeat(20_000_000)}]`);
  },
};
