// A line end in a value, by letters whose low byte is a line end of a header.
// Expected: contained.
export default {
  fetch() {
    try {
      return new Response("x", { headers: { "x-a": "b\u010d\u010ax-smuggled: 1" } });
    } catch {
      return new Response("refused");
    }
  },
};
