// A transfer-encoding of its own.
// Expected: contained.
export default {
  fetch() {
    return new Response("0\r\n\r\nHTTP/1.1 200 OK\r\nx-smuggled: 1\r\n\r\n", {
      headers: { "transfer-encoding": "chunked", trailer: "x-smuggled" },
    });
  },
};
