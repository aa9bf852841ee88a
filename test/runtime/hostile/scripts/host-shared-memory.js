// Looks for shared memory and waits on it.
// Expected: contained.
export default {
  fetch() {
    const found = ["SharedArrayBuffer", "Atomics", "WebAssembly"].filter((name) => name in globalThis);
    let behind = null;
    try {
      behind = new (Function("return this")().WebAssembly.Memory)({ initial: 1, maximum: 1, shared: true })
        .buffer;
    } catch {}
    return new Response(found.length > 0 || behind !== null ? `ESCAPED by ${found}` : "held");
  },
};
