// An exec of one's own, which builtins loop on.
// Expected: stopped.
export default {
  fetch() {
    const odd = /x/g;
    odd.exec = () => ({ index: 0, length: 1, 0: "" });
    "x".replace(odd, "");
    return new Response("done");
  },
};
