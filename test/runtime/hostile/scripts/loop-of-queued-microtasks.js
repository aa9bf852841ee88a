// queueMicrotask that queues itself.
// Expected: stopped.
export default {
  fetch() {
    const again = () => queueMicrotask(again);
    again();
    return new Promise(() => {});
  },
};
