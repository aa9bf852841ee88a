// Everything is frozen.
// Expected: contained.
export default {
  fetch() {
    for (const key of Object.getOwnPropertyNames(globalThis)) {
      const value = globalThis[key];
      if (typeof value === "function") {
        Object.freeze(value.prototype);
        Object.freeze(value);
      }
    }
    Object.freeze(globalThis);
    return new Response("tampered");
  },
};
