// Keeps objects until none fit.
// Expected: stopped.
const kept = [];
export default {
  fetch() {
    for (;;) kept.push({ a: kept.length });
  },
};
