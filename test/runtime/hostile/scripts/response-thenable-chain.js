// Thenables that give thenables.
// Expected: stopped.
export default {
  fetch() {
    const more = () => ({
      then(resolve) {
        resolve(more());
      },
    });
    return more();
  },
};
