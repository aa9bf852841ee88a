// A body whose buffer is gone.
// Expected: contained.
export default {
  fetch() {
    const bytes = new Uint8Array(1000);
    const response = new Response(bytes);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    return response;
  },
};
