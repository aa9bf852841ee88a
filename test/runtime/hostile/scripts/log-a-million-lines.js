// Logs a million lines a request.
// Expected: contained.
export default {
  fetch() {
    for (let i = 0; i < 1_000_000; i += 1) console.log(i);
    return new Response("done");
  },
};
