// Uses other schemes.
// Expected: contained.
export default {
  async fetch(request) {
    const ports = new URL(request.url).searchParams;
    const targets = [
      "file:///etc/passwd",
      "ftp://127.0.0.1/",
      "gopher://127.0.0.1/",
      "data:text/plain,x",
      "blob:http://a/1",
      "javascript:1",
      "ws://127.0.0.1/",
      "unix:/tmp/x",
      "about:blank",
    ];
    const escaped = [];
    await Promise.all(
      targets.map(async (target) => {
        try {
          const response = await fetch(target, { signal: AbortSignal.timeout(700) });
          escaped.push(`${target} gave ${response.status}`);
        } catch {}
      }),
    );
    return new Response(escaped.length > 0 ? `ESCAPED to ${escaped}` : "held");
  },
};
