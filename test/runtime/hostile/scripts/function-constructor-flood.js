// Compiles new functions without end.
// Expected: stopped.
export default {
  fetch() {
    for (let i = 0; ; i += 1) new Function(`return ${i} + ${"x+".repeat(1000)}1`);
  },
};
