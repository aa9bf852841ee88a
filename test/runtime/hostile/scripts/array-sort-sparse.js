// Sorts a huge sparse array.
// Expected: stopped.
export default {
  fetch() {
    const list = [];
    list.length = 2 ** 32 - 1;
    list[2 ** 32 - 2] = 1;
    list.sort();
    return new Response("done");
  },
};
