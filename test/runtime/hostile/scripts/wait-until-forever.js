// Work after the response that never ends.
// Expected: contained.
export default {
  fetch(request, env, ctx) {
    ctx.waitUntil(new Promise(() => {}));
    return new Response("done");
  },
};
