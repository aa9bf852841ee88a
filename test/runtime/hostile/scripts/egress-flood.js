// Ten thousand calls at once.
// Expected: contained.
export default {
  async fetch(request) {
    const lan = new URL(request.url).searchParams.get("lan");
    await Promise.allSettled(Array.from({ length: 10_000 }, () => fetch(`http://${lan}/`)));
    return new Response("done");
  },
};
