// Calls itself until the stack is full.
// Expected: stopped.
export default {
  fetch() {
    const down = (n) => down(n + 1) + 1;
    return new Response(String(down(0)));
  },
};
