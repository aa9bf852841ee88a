// A proxy of a response.
// Expected: contained.
export default {
  fetch() {
    return new Proxy(new Response("x"), {
      get: () => {
        throw new Error("trap");
      },
      getPrototypeOf: () => Response.prototype,
    });
  },
};
