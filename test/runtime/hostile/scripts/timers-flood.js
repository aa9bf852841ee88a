// A hundred thousand timers a request, each setting another.
// Expected: stopped.
export default {
  fetch() {
    const again = () => setTimeout(again, 0);
    for (let i = 0; i < 100_000; i += 1) again();
    return new Promise(() => {});
  },
};
