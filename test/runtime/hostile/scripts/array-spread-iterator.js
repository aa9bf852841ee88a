// Spreads an iterator without end.
// Expected: stopped.
export default {
  fetch() {
    return new Response(
      String([
        ...(function* endless() {
          for (;;) yield 1;
        })(),
      ]),
    );
  },
};
