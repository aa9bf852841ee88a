// A chain of promises without end.
// Expected: stopped.
export default {
  fetch() {
    let last = new Promise(() => {});
    for (;;) last = last.then(() => new Promise(() => {}));
  },
};
