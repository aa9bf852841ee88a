// Maps forget.
// Expected: contained.
export default {
  fetch() {
    Map.prototype.get = () => undefined;
    Map.prototype.set = () => {
      throw new Error("tampered");
    };
    Map.prototype.delete = () => {
      for (;;) {}
    };
    Set.prototype.add = () => {
      throw new Error("tampered");
    };
    return new Response("tampered");
  },
};
