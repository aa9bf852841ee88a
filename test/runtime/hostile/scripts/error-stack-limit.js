// Stacks without limit, of deep calls.
// Expected: stopped.
export default {
  fetch() {
    Error.stackTraceLimit = Infinity;
    const down = (n) => {
      if (n === 0) throw new Error("deep");
      down(n - 1);
    };
    down(5000);
    return new Response("done");
  },
};
