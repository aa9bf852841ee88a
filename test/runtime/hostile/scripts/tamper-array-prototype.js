// Array.prototype is made useless.
// Expected: contained.
export default {
  fetch() {
    for (const key of Object.getOwnPropertyNames(Array.prototype))
      if (key !== "length" && key !== "constructor") {
        try {
          Array.prototype[key] = () => {
            throw new Error("tampered");
          };
        } catch {}
      }
    return new Response("tampered");
  },
};
