// Asks for thousands of digests at once.
// Expected: stopped.
export default {
  async fetch() {
    const data = new Uint8Array(4_000_000);
    await Promise.all(Array.from({ length: 5000 }, () => crypto.subtle.digest("SHA-512", data)));
    return new Response("done");
  },
};
