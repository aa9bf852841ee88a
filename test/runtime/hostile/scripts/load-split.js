// Cannot be stopped while it loads.
// Expected: stopped.
const size = "x".repeat(2 ** 27 + 1).split("").length;
export default { fetch: () => new Response(String(size)) };
