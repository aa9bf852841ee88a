// Its warm-up leaves timers and calls behind.
// Expected: contained.
// Settings: {"warmup":[{"path":"/warm","times":20,"timeoutMs":500}]}
export default {
  fetch() {
    for (let i = 0; i < 5000; i += 1) {
      setTimeout(() => {}, 60_000);
      fetch("http://nowhere.example/").catch(() => {});
    }
    return new Response("done");
  },
};
