// A line end in a value, by a line feed alone of a header.
// Expected: contained.
export default {
  fetch() {
    try {
      return new Response("x", { headers: { "x-a": "b\nx-smuggled: 1" } });
    } catch {
      return new Response("refused");
    }
  },
};
