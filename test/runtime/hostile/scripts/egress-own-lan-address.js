// Calls the node's own ports by the machine's outer address.
// Expected: contained.
export default {
  async fetch(request) {
    const ports = new URL(request.url).searchParams;
    const targets =
      ports.get("lan") === ""
        ? []
        : ["admin", "control"].map((name) => `http://${ports.get("lan").split(":")[0]}:${ports.get(name)}/`);
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
