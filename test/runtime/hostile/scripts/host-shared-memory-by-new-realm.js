// Looks for a fresh set of globals.
// Expected: contained.
export default {
  fetch() {
    let Shared = null;
    try {
      Shared = structuredClone(new ArrayBuffer(8)).constructor.constructor(
        "return typeof SharedArrayBuffer",
      )();
    } catch {}
    let realm = null;
    try {
      realm = new ShadowRealm();
    } catch {}
    return new Response(Shared === "function" || realm !== null ? "ESCAPED to a new realm" : "held");
  },
};
