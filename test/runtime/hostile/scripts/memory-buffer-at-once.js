// One buffer of two gigabytes.
// Expected: stopped.
export default {
  fetch() {
    return new Response(String(new Uint8Array(2 ** 31 - 1).fill(1).length));
  },
};
