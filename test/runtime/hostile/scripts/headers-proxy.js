// A proxy as headers.
// Expected: contained.
export default {
  fetch() {
    try {
      return new Response("x", {
        headers: new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error("trap");
            },
          },
        ),
      });
    } catch {
      return new Response("refused");
    }
  },
};
