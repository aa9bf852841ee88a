// Answers with 500 MB of text.
// Expected: stopped.
export default {
  fetch() {
    return new Response("x".repeat(500_000_000));
  },
};
