// Registers symbols, which are never freed.
// Expected: stopped.
export default {
  fetch() {
    for (let i = 0; ; i += 1) Symbol.for(`symbol-${i}-${"x".repeat(1000)}`);
    return new Response("done");
  },
};
