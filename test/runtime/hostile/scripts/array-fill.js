// A builtin that cannot be stopped.
// Expected: stopped.
export default {
  fetch() {
    return new Response(String(new Array(1e9).fill(0).length));
  },
};
