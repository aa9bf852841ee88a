// Ten thousand unhandled rejections.
// Expected: contained.
export default {
  fetch() {
    for (let i = 0; i < 10_000; i += 1) Promise.reject(new Error(String(i)));
    return new Response("done");
  },
};
