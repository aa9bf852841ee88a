// A content-length that is more than the body.
// Expected: contained.
export default {
  fetch() {
    return new Response("x", { headers: { "content-length": "1000" } });
  },
};
