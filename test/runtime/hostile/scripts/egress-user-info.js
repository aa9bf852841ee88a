// Hides the host behind user information.
// Expected: contained.
export default {
  async fetch(request) {
    const ports = new URL(request.url).searchParams;
    const targets = ["inner", "admin", "gateway", "control"].flatMap((name) => [
      `http://${ports.get("lan")}@127.0.0.1:${ports.get(name)}/`,
      `http://a:b@127.0.0.1:${ports.get(name)}/`,
      `http://127.0.0.1:${ports.get(name)}\\@${ports.get("lan")}/`,
    ]);
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
