// Calls with a hundred million arguments.
// Expected: stopped.
export default {
  fetch() {
    return new Response(String(Math.max(...new Array(1e8))));
  },
};
