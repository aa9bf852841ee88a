// A promise chain that never leaves the microtask queue.
// Expected: stopped.
export default {
  fetch() {
    const again = () => Promise.resolve().then(again);
    again();
    return new Promise(() => {});
  },
};
