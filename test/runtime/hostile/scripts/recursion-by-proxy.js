// A proxy whose prototype is itself.
// Expected: stopped.
export default {
  fetch() {
    const odd = {};
    Object.setPrototypeOf(odd, new Proxy({}, { get: (_, key) => odd[key] }));
    return new Response(String(odd.missing));
  },
};
