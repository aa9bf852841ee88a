// Headers.prototype gives headers without end.
// Expected: contained.
export default {
  fetch() {
    Headers.prototype[Symbol.iterator] = function* endless() {
      for (;;) yield ["x-a", "b"];
    };
    Headers.prototype.entries = Headers.prototype[Symbol.iterator];
    return new Response("x");
  },
};
