// Smuggles a second request into a call.
// Expected: contained.
export default {
  async fetch(request) {
    const lan = new URL(request.url).searchParams.get("lan");
    for (const headers of [
      { "x-a": "b\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: x" },
      { host: "127.0.0.1" },
      { "content-length": "0" },
      { "transfer-encoding": "chunked" },
      { connection: "upgrade", upgrade: "h2c" },
    ]) {
      try {
        await fetch(`http://${lan}/`, { method: "POST", body: "GET /smuggled HTTP/1.1\r\n\r\n", headers });
      } catch {}
    }
    for (const method of ["CONNECT", "TRACE", "GET /smuggled HTTP/1.1\r\nx:", "", "Ü"]) {
      try {
        await fetch(`http://${lan}/`, { method });
      } catch {}
    }
    for (const path of ["/ HTTP/1.1\r\nhost: x\r\n\r\nGET /smuggled", "/\r\nx-smuggled: 1"]) {
      try {
        await fetch(`http://${lan}${path}`);
      } catch {}
    }
    return new Response("done");
  },
};
