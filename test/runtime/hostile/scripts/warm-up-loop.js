// Its warm-up burns the core.
// Expected: stopped.
// Settings: {"warmup":[{"path":"/warm","times":20,"timeoutMs":500}]}
export default {
  fetch() {
    for (;;) {}
  },
};
