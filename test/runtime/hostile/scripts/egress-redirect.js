// Is redirected to where it may not go.
// Expected: contained.
export default {
  async fetch(request) {
    const ports = new URL(request.url).searchParams;
    const targets =
      ports.get("lan") === ""
        ? []
        : ["inner", "admin", "gateway", "control"].flatMap((name) =>
            ["127.0.0.1", "localhost", "[::1]", "2130706433"].map(
              (host) =>
                `http://${ports.get("lan")}/redirect?to=${encodeURIComponent(`http://${host}:${ports.get(name)}/`)}`,
            ),
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
