// A content-length that is less than the body.
// Expected: contained.
export default {
  fetch() {
    return new Response("0123456789HTTP/1.1 200 OK\r\nx-smuggled: 1\r\n\r\n", {
      headers: { "content-length": "10" },
    });
  },
};
