// Replaces each letter by all that stands before it.
// Expected: stopped.
export default {
  fetch() {
    return new Response("a".repeat(1_000_000).replace(/a/g, "$`"));
  },
};
