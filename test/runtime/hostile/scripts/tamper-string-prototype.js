// Strings are made useless.
// Expected: contained.
export default {
  fetch() {
    for (const key of [
      "split",
      "slice",
      "charCodeAt",
      "indexOf",
      "replace",
      "toLowerCase",
      "trim",
      "startsWith",
    ])
      String.prototype[key] = () => {
        for (;;) {}
      };
    return new Response("tampered");
  },
};
