// Its warm-up takes all memory.
// Expected: stopped.
// Settings: {"warmup":[{"path":"/warm","times":20,"timeoutMs":500}]}
const kept = [];
export default {
  fetch() {
    for (;;) kept.push(new Uint8Array(10_000_000).fill(1));
  },
};
