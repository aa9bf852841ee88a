// Waits for the clock.
// Expected: stopped.
export default {
  fetch() {
    const end = Date.now() + 86_400_000;
    while (Date.now() < end);
    return new Response("done");
  },
};
