// Its warm-up cannot be stopped.
// Expected: stopped.
// Settings: {"warmup":[{"path":"/warm","times":20,"timeoutMs":500}]}
export default { fetch: () => new Response(String("x".repeat(2 ** 27 + 1).split("").length)) };
