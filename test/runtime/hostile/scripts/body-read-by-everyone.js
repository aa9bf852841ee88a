// One response for all requests.
// Expected: contained.
let shared;
export default {
  fetch() {
    shared ??= new Response("x".repeat(100));
    return shared;
  },
};
