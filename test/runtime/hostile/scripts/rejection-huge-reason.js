// An unhandled rejection of 200 MB.
// Expected: contained.
export default {
  fetch() {
    Promise.reject("x".repeat(200_000_000));
    return new Response("done");
  },
};
