// Replaces its own handler by something that is none.
// Expected: contained.
export default {
  fetch() {
    globalThis.__showrunner_script = { default: { fetch: 1 } };
    this.fetch = null;
    return new Response("x");
  },
};
