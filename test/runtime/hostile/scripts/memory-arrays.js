// Keeps arrays of numbers.
// Expected: stopped.
const kept = [];
export default {
  fetch() {
    for (;;) kept.push(new Array(100_000).fill(1.5));
  },
};
