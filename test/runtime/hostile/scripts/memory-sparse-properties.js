// Properties without end on one object.
// Expected: stopped.
const odd = {};
export default {
  fetch() {
    for (let i = 0; ; i += 1) odd[`p${i}`] = i;
    return new Response("done");
  },
};
