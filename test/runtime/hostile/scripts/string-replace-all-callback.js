// A callback for each of a hundred million letters.
// Expected: stopped.
export default {
  fetch() {
    "a".repeat(100_000_000).replaceAll("a", () => "bb");
    return new Response("done");
  },
};
