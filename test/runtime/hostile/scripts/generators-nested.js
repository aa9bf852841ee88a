// Generators nested ten thousand deep.
// Expected: stopped.
export default {
  fetch() {
    function* down(n) {
      if (n > 0) yield* down(n - 1);
      for (;;) yield n;
    }
    for (const _ of down(100_000)) {
    }
    return new Response("done");
  },
};
