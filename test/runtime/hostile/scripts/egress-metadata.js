// Calls the metadata services of clouds.
// Expected: contained.
export default {
  async fetch(request) {
    const ports = new URL(request.url).searchParams;
    const targets = [
      "169.254.169.254",
      "169.254.170.2",
      "100.100.100.200",
      "[fd00:ec2::254]",
      "[::ffff:a9fe:a9fe]",
      "2852039166",
      "0xa9fea9fe",
      "metadata.google.internal",
    ].map((host) => `http://${host}/latest/meta-data/`);
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
