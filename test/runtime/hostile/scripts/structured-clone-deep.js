// Clones what is nested too deep.
// Expected: stopped.
export default {
  fetch() {
    let list = [];
    for (let i = 0; i < 5_000_000; i += 1) list = [list];
    structuredClone(list);
    for (;;) structuredClone(list);
  },
};
