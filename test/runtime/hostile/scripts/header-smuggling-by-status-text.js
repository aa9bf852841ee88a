// A line end in the status text.
// Expected: contained.
export default {
  fetch() {
    try {
      return new Response("x", { statusText: "OK\r\nx-smuggled: 1" });
    } catch {
      return new Response("refused");
    }
  },
};
