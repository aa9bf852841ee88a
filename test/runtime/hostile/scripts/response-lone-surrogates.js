// Text that is no text.
// Expected: contained.
export default {
  fetch() {
    return new Response("\ud800".repeat(1000));
  },
};
