// Its warm-up never ends.
// Expected: stopped.
// Settings: {"warmup":[{"path":"/warm","times":20,"timeoutMs":500}]}
export default { fetch: () => new Promise(() => {}) };
