// Calls the other loopback addresses.
// Expected: contained.
export default {
  async fetch(request) {
    const ports = new URL(request.url).searchParams;
    const targets = ["127.0.0.2", "127.1", "127.255.255.254"].flatMap((host) =>
      ["inner", "admin", "gateway", "control"].map((name) => `http://${host}:${ports.get(name)}/`),
    );
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
