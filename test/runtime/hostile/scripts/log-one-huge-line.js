// Logs one line of 400 MB.
// Expected: contained.
export default {
  fetch() {
    console.log("x".repeat(400_000_000));
    return new Response("done");
  },
};
