// A stream that never gives a byte.
// Expected: stopped.
export default {
  fetch() {
    return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
  },
};
