// Names that are no tokens.
// Expected: contained.
export default {
  fetch() {
    const headers = new Headers();
    for (const name of ["", " ", "a b", "a:b", "é", "a\0", "__proto__", "constructor", "(x)"]) {
      try {
        headers.set(name, "1");
      } catch {}
    }
    return new Response("x", { headers });
  },
};
