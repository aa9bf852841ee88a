// Response.json of a small graph whose text is endless.
// Expected: stopped.
export default {
  fetch() {
    let list = [0];
    for (let i = 0; i < 60; i += 1) list = [list, list];
    return Response.json(list);
  },
};
