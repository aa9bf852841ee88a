// Getters on every object.
// Expected: contained.
export default {
  fetch() {
    for (const key of [
      "then",
      "toJSON",
      "type",
      "kind",
      "id",
      "status",
      "headers",
      "body",
      "get",
      "value",
      "ok",
    ])
      Object.defineProperty(Object.prototype, key, {
        get() {
          throw new Error("tampered");
        },
        set() {},
        configurable: true,
      });
    return new Response("tampered");
  },
};
