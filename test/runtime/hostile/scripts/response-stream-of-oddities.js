// A stream that gives what is no bytes.
// Expected: stopped.
export default {
  fetch() {
    return new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue({});
          controller.enqueue(Symbol("x"));
          controller.close();
        },
      }),
    );
  },
};
