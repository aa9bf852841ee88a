// Takes all memory while it loads.
// Expected: stopped.
const kept = [];
for (;;) kept.push(new Array(100_000).fill(1.5));
export default { fetch() {} };
