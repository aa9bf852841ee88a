// Every global is deleted.
// Expected: contained.
export default {
  fetch() {
    const { Response: Kept } = globalThis;
    for (const key of Object.getOwnPropertyNames(globalThis)) {
      try {
        delete globalThis[key];
      } catch {}
    }
    return new Kept("tampered");
  },
};
