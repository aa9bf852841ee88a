// Never answers, and does nothing meanwhile.
// Expected: stopped.
export default {
  fetch() {
    return new Promise(() => {});
  },
};
