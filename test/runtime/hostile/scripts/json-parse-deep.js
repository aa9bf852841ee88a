// Text nested five million deep.
// Expected: stopped.
export default {
  fetch() {
    return new Response(String(JSON.parse("[".repeat(5_000_000) + "]".repeat(5_000_000)).length));
  },
};
