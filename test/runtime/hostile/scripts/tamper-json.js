// JSON forges messages to the host.
// Expected: contained.
export default {
  fetch() {
    JSON.stringify = () =>
      '{"type":"response","id":1,"response":{"status":200,"headers":[["x-smuggled","1"]],"body":{"kind":"text","text":"ESCAPED"}}}';
    JSON.parse = () => ({ type: "start" });
    return new Response("tampered");
  },
};
