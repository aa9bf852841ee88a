// Works at the edge of the stack, where helpers fail half-way.
// Expected: contained.
export default {
  fetch() {
    const down = () => {
      try {
        down();
      } catch {
        try {
          console.log({});
          new Headers({ a: "b" });
          crypto.randomUUID();
          fetch("http://x/");
        } catch {}
      }
    };
    down();
    return new Response("done");
  },
};
