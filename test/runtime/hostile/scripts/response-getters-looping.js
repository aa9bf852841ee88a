// A response whose getters never return.
// Expected: contained.
export default {
  fetch() {
    const response = new Response("x");
    for (const key of ["status", "headers", "body", "takeContent"]) {
      try {
        Object.defineProperty(response, key, {
          get() {
            for (;;) {}
          },
        });
      } catch {}
    }
    return response;
  },
};
