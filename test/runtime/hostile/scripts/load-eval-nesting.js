// Compiles what is nested too deep.
// Expected: contained.
try {
  (0, eval)("[".repeat(5_000_000));
} catch {}
export default { fetch: () => new Response("done") };
