// One header of a megabyte.
// Expected: stopped.
export default {
  fetch() {
    return new Response("x", { headers: { "x-a": "a".repeat(1_000_000) } });
  },
};
