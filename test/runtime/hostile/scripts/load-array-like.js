// Runs a builtin that cannot be stopped while it loads.
// Expected: stopped.
Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);
export default { fetch: () => new Response("done") };
