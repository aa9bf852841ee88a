// Sorts millions with a callback.
// Expected: stopped.
export default {
  fetch() {
    new Float64Array(2e7).sort(() => Math.random() - 0.5);
    return new Response("done");
  },
};
