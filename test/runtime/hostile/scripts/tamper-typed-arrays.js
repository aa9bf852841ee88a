// Typed arrays lie.
// Expected: contained.
export default {
  fetch() {
    const Typed = Object.getPrototypeOf(Uint8Array);
    for (const key of ["length", "byteLength", "buffer"])
      Object.defineProperty(Typed.prototype, key, { get: () => 2 ** 40 });
    Typed.prototype.set = () => {
      for (;;) {}
    };
    return new Response("tampered");
  },
};
