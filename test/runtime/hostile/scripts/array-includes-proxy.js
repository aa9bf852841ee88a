// A proxy as an endless array.
// Expected: stopped.
export default {
  fetch() {
    Array.prototype.includes.call(
      new Proxy({}, { get: (_, key) => (key === "length" ? 2 ** 53 - 1 : 0) }),
      1,
    );
    return new Response("done");
  },
};
