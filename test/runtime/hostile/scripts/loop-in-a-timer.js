// Answers, then burns the core in a timer.
// Expected: stopped.
export default {
  fetch() {
    setTimeout(() => {
      for (;;) {}
    }, 1);
    return new Response("done");
  },
};
