// Makes the host remember timers that fire in a month.
// Expected: contained.
export default {
  fetch() {
    for (let i = 0; i < 20_000; i += 1) setTimeout(() => {}, 2 ** 31 - 1);
    return new Response("done");
  },
};
