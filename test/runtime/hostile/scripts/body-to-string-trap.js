// A body whose text loops.
// Expected: stopped.
export default {
  fetch() {
    return new Response({
      toString() {
        for (;;) {}
      },
    });
  },
};
