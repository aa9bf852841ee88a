// Names that mean loopback.
// Expected: contained.
export default {
  async fetch(request) {
    const ports = new URL(request.url).searchParams;
    const targets = [
      "localhost",
      "localhost.",
      "LOCALHOST",
      "ip6-localhost",
      "a.localhost",
      "%6c%6f%63alhost",
      "ｌｏｃａｌｈｏｓｔ",
      "127。0。0。1",
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
