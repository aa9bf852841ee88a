// A body whose buffer changes after it was given.
// Expected: contained.
export default {
  fetch() {
    const buffer = new ArrayBuffer(1000, { maxByteLength: 1_000_000 });
    const response = new Response(new Uint8Array(buffer));
    buffer.resize(0);
    return response;
  },
};
