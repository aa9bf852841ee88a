// Starts and aborts calls without end.
// Expected: contained.
export default {
  fetch(request) {
    const lan = new URL(request.url).searchParams.get("lan");
    for (let i = 0; i < 2000; i += 1) {
      const stop = new AbortController();
      fetch(`http://${lan}/hang`, { signal: stop.signal }).catch(() => {});
      stop.abort();
    }
    return new Response("done");
  },
};
