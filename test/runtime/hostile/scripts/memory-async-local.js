// Pending work that holds each request.
// Expected: contained.
export default {
  fetch(request, env, ctx) {
    ctx.waitUntil(
      new Promise(() => {
        void request;
      }),
    );
    return new Response("done");
  },
};
