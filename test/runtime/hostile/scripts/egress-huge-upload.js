// Sends ten megabytes, many times.
// Expected: contained.
export default {
  async fetch(request) {
    const lan = new URL(request.url).searchParams.get("lan");
    const body = "x".repeat(10_000_000);
    await Promise.allSettled(
      Array.from({ length: 50 }, () => fetch(`http://${lan}/`, { method: "POST", body })),
    );
    return new Response("done");
  },
};
