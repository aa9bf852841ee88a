// Calls itself through the region's other scripts.
// Expected: contained.
export default {
  async fetch(request, env) {
    try {
      return await env.scripts[env.script].fetch(request);
    } catch {
      return new Response("held");
    }
  },
};
