// A status below all.
// Expected: stopped.
export default {
  fetch() {
    return new Response("x", { status: 99 });
  },
};
