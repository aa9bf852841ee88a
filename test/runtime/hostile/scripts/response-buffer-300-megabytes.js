// Answers with a buffer of 300 MB.
// Expected: stopped.
export default {
  fetch() {
    return new Response(new Uint8Array(300_000_000));
  },
};
