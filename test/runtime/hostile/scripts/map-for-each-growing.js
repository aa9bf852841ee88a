// Visits a map that grows as it is visited.
// Expected: stopped.
export default {
  fetch() {
    const map = new Map([[0, 0]]);
    map.forEach((_, key) => {
      map.delete(key);
      map.set(key + 1, 0);
    });
    return new Response("done");
  },
};
