// Calls the loopback address.
// Expected: contained.
export default {
  async fetch(request) {
    const ports = new URL(request.url).searchParams;
    const targets = ["inner", "admin", "gateway", "control"].map(
      (name) => `http://127.0.0.1:${ports.get(name)}/`,
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
