// Loads well, and burns the core soon after.
// Expected: stopped.
setTimeout(() => {
  for (;;) {}
}, 100);
export default { fetch: () => new Response("done") };
