// Decodes with odd labels and buffers.
// Expected: contained.
export default {
  fetch() {
    for (const label of ["utf-8", "utf-16le", "x", {}, ""]) {
      try {
        new TextDecoder(label, { fatal: true }).decode(new Uint8Array([255, 254, 237, 160, 128]));
      } catch {}
    }
    return new Response("done");
  },
};
