// Reflect is forged.
// Expected: contained.
export default {
  fetch() {
    for (const key of Object.getOwnPropertyNames(Reflect))
      Reflect[key] = () => {
        throw new Error("tampered");
      };
    return new Response("tampered");
  },
};
