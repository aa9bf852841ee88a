// A buffer that lies about its length.
// Expected: contained.
export default {
  fetch() {
    const bytes = new Uint8Array(10);
    Object.defineProperty(bytes, "byteLength", { value: 2 ** 40 });
    Object.defineProperty(bytes, "length", { value: 2 ** 40 });
    return new Response(bytes);
  },
};
