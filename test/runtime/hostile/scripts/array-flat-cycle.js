// Flattens a list that holds itself.
// Expected: stopped.
export default {
  fetch() {
    const list = [];
    list.push(list, list);
    list.flat(Infinity);
    return new Response("done");
  },
};
