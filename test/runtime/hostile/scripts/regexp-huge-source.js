// A regular expression of megabytes.
// Expected: stopped.
export default {
  fetch() {
    return new Response(String(new RegExp(`(${"a?".repeat(2_000_000)}){1000}`).test("a".repeat(1000))));
  },
};
