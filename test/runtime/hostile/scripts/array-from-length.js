// Makes an array of a length alone.
// Expected: stopped.
export default {
  fetch() {
    Array.from({ length: 2 ** 32 - 1 });
    return new Response("done");
  },
};
