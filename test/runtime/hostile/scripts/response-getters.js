// A response with getters of its own.
// Expected: contained.
export default {
  fetch() {
    const response = new Response("x");
    for (const key of ["status", "headers", "body", "ok", "takeContent", "content"]) {
      try {
        Object.defineProperty(response, key, {
          get() {
            throw new Error("getter");
          },
        });
      } catch {}
    }
    return response;
  },
};
