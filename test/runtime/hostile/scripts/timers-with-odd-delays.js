// Timers with delays that are no numbers, negative or endless.
// Expected: contained.
export default {
  fetch() {
    for (const delay of [NaN, -1, Infinity, -Infinity, 2 ** 53, "x", {}, null, 1e308, 2 ** 31])
      setTimeout(() => {}, delay);
    return new Response("done");
  },
};
