// Leaves endless microtasks behind.
// Expected: stopped.
const again = () => Promise.resolve().then(again);
again();
export default { fetch: () => new Response("done") };
