// A buffer that grows in place.
// Expected: stopped.
const kept = [];
export default {
  fetch() {
    const buffer = new ArrayBuffer(8, { maxByteLength: 2 ** 32 });
    for (let size = 8; ; size *= 2) {
      buffer.resize(size);
      new Uint8Array(buffer).fill(1);
      kept.push(buffer.slice());
    }
    return new Response("done");
  },
};
