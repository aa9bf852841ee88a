// A hundred thousand pieces of work after the response.
// Expected: contained.
export default {
  fetch(request, env, ctx) {
    for (let i = 0; i < 100_000; i += 1) ctx.waitUntil(Promise.reject(new Error("x")));
    return new Response("done");
  },
};
