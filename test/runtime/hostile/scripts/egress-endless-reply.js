// Calls what answers without end.
// Expected: contained.
export default {
  async fetch(request) {
    const lan = new URL(request.url).searchParams.get("lan");
    await Promise.allSettled(
      Array.from({ length: 20 }, async () => (await fetch(`http://${lan}/endless`)).text()),
    );
    return new Response("done");
  },
};
