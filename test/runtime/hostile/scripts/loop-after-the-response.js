// Answers, then burns the core in a microtask.
// Expected: stopped.
export default {
  fetch() {
    Promise.resolve().then(() => {
      for (;;) {}
    });
    return new Response("done");
  },
};
