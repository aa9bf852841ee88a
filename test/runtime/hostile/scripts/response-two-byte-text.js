// Text that is three times as long in bytes.
// Expected: stopped.
export default {
  fetch() {
    return new Response("\u20ac".repeat(900_000));
  },
};
