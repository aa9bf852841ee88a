// Keeps buffers, which are outside the heap.
// Expected: stopped.
const kept = [];
export default {
  fetch() {
    for (;;) kept.push(new Uint8Array(10_000_000).fill(1));
  },
};
