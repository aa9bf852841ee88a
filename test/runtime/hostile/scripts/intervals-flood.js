// Intervals that are never cleared.
// Expected: contained.
export default {
  fetch() {
    for (let i = 0; i < 500; i += 1) setInterval(() => {}, 0);
    return new Response("done");
  },
};
