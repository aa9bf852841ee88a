// Several content-lengths.
// Expected: contained.
export default {
  fetch() {
    const headers = new Headers();
    try {
      headers.append("content-length", "1");
      headers.append("Content-Length", "5");
      headers.append("content-length", "-1, 0x10");
    } catch {}
    return new Response("hello", { headers });
  },
};
