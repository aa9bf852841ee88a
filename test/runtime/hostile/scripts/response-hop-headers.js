// Headers that belong to the connection.
// Expected: contained.
export default {
  fetch(request) {
    return new Response("x", {
      headers: {
        connection: "close, x-request-id",
        "keep-alive": "timeout=9999",
        upgrade: "h2c",
        te: "trailers",
        "proxy-authenticate": "Basic",
      },
    });
  },
};
