// Makes the host remember calls that are never awaited.
// Expected: contained.
export default {
  fetch() {
    for (let i = 0; i < 20_000; i += 1) fetch("http://nowhere.example/").catch(() => {});
    return new Response("done");
  },
};
