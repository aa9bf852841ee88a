// Every object has a toJSON that loops.
// Expected: contained.
export default {
  fetch() {
    Object.prototype.toJSON = () => {
      for (;;) {}
    };
    return new Response("tampered");
  },
};
