// A map that only grows.
// Expected: stopped.
const map = new Map();
export default {
  fetch() {
    for (let i = 0; ; i += 1) map.set(i, i);
    return new Response("done");
  },
};
