// Writes loopback in decimal, octal and hexadecimal.
// Expected: contained.
export default {
  async fetch(request) {
    const ports = new URL(request.url).searchParams;
    const targets = [
      "2130706433",
      "0177.0.0.1",
      "0x7f.0.0.1",
      "0x7f000001",
      "017700000001",
      "127.0.1",
    ].flatMap((host) =>
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
