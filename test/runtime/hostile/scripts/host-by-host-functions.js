// Calls the host's functions with what is no text.
// Expected: contained.
export default {
  fetch() {
    const odd = [
      undefined,
      null,
      0,
      -1,
      NaN,
      2 ** 53,
      {},
      [],
      () => {},
      Symbol("x"),
      new Proxy({}, {}),
      "x".repeat(5_000_000),
      "\0",
      "\ud800",
    ];
    for (const value of odd) {
      for (const act of [
        (v) => new URL(v),
        (v) => new URL("http://a/", v),
        (v) => {
          new URL("http://a/").port = v;
        },
        (v) => {
          new URL("http://a/").href = v;
        },
        (v) => crypto.getRandomValues(v),
        (v) => performance.now(v),
        (v) => fetch(v).catch(() => {}),
        (v) => setTimeout(v, v),
        (v) => clearTimeout(v),
        (v) => console.log(v),
        (v) => crypto.subtle.digest(v, v).catch(() => {}),
      ]) {
        try {
          act(value);
        } catch {}
      }
    }
    return new Response("held");
  },
};
