// Calls what never answers.
// Expected: contained.
export default {
  async fetch(request) {
    const lan = new URL(request.url).searchParams.get("lan");
    await Promise.allSettled(Array.from({ length: 60 }, () => fetch(`http://${lan}/hang`)));
    return new Response("done");
  },
};
