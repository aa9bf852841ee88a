// Headers.prototype is made to give what no check saw.
// Expected: contained.
export default {
  fetch() {
    Headers.prototype[Symbol.iterator] = function* forged() {
      yield ["x-a", "b\r\nx-smuggled: 1"];
    };
    Headers.prototype.entries = Headers.prototype[Symbol.iterator];
    Headers.prototype.forEach = (act) => act("b\r\nx-smuggled: 1", "x-a");
    Headers.prototype.get = () => "b\r\nx-smuggled: 1";
    return new Response("x", { headers: { "x-a": "1" } });
  },
};
