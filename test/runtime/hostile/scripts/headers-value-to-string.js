// A header value that changes each time it is read.
// Expected: contained.
export default {
  fetch() {
    let n = 0;
    const value = { toString: () => (n++ === 0 ? "good" : "b\r\nx-smuggled: 1") };
    return new Response("x", { headers: { "x-a": value } });
  },
};
