// Keeps ten megabytes of buffers a request.
// Expected: stopped.
const kept = [];
export default {
  fetch() {
    kept.push(new Uint8Array(10_000_000).fill(1));
    return new Response(String(kept.length));
  },
};
