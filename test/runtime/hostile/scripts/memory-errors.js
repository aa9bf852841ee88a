// Keeps errors with long stacks.
// Expected: stopped.
const kept = [];
export default {
  fetch() {
    Error.stackTraceLimit = Infinity;
    const down = (n) => {
      if (n > 0) down(n - 1);
      else for (;;) kept.push(new Error("x".repeat(1000)).stack);
    };
    down(5000);
    return new Response("done");
  },
};
