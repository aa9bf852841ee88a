// Logs a hundred megabytes a request.
// Expected: contained.
export default {
  fetch() {
    for (let i = 0; i < 100; i += 1) console.log("x".repeat(1_000_000));
    return new Response("done");
  },
};
