// Keeps flat strings.
// Expected: stopped.
const kept = [];
export default {
  fetch() {
    for (let i = 0; ; i += 1) kept.push(String(i).repeat(1_000_000).replace(/^./, "x"));
    return new Response("done");
  },
};
