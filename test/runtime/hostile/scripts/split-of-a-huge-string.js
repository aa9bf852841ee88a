// The line that takes a whole process down whatever its limit.
// Expected: stopped.
export default {
  fetch() {
    return new Response(String("x".repeat(2 ** 27 + 1).split("").length));
  },
};
