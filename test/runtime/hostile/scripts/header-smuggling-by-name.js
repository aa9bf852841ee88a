// A line end in a name of a header.
// Expected: contained.
export default {
  fetch() {
    try {
      return new Response("x", { headers: { "x-a: b\r\nx-smuggled": "1" } });
    } catch {
      return new Response("refused");
    }
  },
};
