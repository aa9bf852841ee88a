// Hashes without end.
// Expected: stopped.
export default {
  async fetch() {
    const data = new Uint8Array(4_000_000);
    for (;;) await crypto.subtle.digest("SHA-512", data);
  },
};
