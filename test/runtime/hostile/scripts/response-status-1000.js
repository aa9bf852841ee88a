// A status that does not exist.
// Expected: stopped.
export default {
  fetch() {
    return new Response("x", { status: 1000 });
  },
};
