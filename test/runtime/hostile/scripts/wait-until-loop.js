// Work after the response that burns the core.
// Expected: stopped.
export default {
  fetch(request, env, ctx) {
    ctx.waitUntil(
      (async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        for (;;) {}
      })(),
    );
  },
};
