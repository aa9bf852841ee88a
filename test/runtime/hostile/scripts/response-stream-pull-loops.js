// A stream whose pull never returns.
// Expected: stopped.
export default {
  fetch() {
    return new Response(
      new ReadableStream({
        pull() {
          for (;;) {}
        },
      }),
    );
  },
};
