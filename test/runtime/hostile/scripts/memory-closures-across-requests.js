// Keeps a megabyte of each request in a closure.
// Expected: stopped.
const kept = [];
export default {
  fetch(request) {
    const mine = new Array(130_000).fill(request);
    kept.push(() => mine);
    return new Response(String(kept.length));
  },
};
