// Control characters in a value.
// Expected: contained.
export default {
  fetch() {
    try {
      return new Response("x", { headers: { "x-a": "b\0c\u0001\u007f" } });
    } catch {
      return new Response("refused");
    }
  },
};
