// A body where none may be.
// Expected: stopped.
export default {
  fetch() {
    return new Response("x", { status: 204 });
  },
};
