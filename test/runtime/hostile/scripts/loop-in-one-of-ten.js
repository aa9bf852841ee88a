// Spoils the batch that it comes in, and only now and then.
// Expected: stopped.
export default {
  fetch(request) {
    if (Number(new URL(request.url).searchParams.get("n")) % 10 === 0) for (;;) {}
    return new Response("done");
  },
};
