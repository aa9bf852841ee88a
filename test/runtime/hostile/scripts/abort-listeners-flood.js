// Listeners without end.
// Expected: stopped.
export default {
  fetch() {
    const stop = new AbortController();
    for (;;) stop.signal.addEventListener("abort", () => {}, {});
  },
};
