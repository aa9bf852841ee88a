// Work that is a thenable that loops.
// Expected: stopped.
export default {
  fetch(request, env, ctx) {
    ctx.waitUntil({
      then() {
        for (;;) {}
      },
    });
  },
};
