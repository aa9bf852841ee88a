// Logs lines that look like the platform's.
// Expected: contained.
export default {
  fetch() {
    console.error('\n{"level":60,"script":"neighbour-1","msg":"forged"}\r\n\u2028\u001b[2J');
    return new Response("done");
  },
};
