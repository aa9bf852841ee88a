// A stream that fails after its first bytes.
// Expected: stopped.
export default {
  fetch() {
    let n = 0;
    return new Response(
      new ReadableStream({
        pull(controller) {
          n += 1;
          if (n > 3) throw new Error("late");
          controller.enqueue(new Uint8Array(1000));
        },
      }),
    );
  },
};
