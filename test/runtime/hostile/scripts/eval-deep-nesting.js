// Source that is nested too deep to parse.
// Expected: contained.
export default {
  fetch() {
    try {
      (0, eval)(`${"(".repeat(1_000_000)}1`);
    } catch {}
    return new Response("done");
  },
};
