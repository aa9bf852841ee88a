// Starts work in timers while it loads.
// Expected: contained.
for (let i = 0; i < 10_000; i += 1) setInterval(() => {}, 0);
export default { fetch: () => new Response("done") };
