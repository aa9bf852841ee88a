// No response.
// Expected: stopped.
export default {
  fetch() {
    return null;
  },
};
