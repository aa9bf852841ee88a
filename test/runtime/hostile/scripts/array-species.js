// A species that hands builtins something else.
// Expected: stopped.
export default {
  fetch() {
    class List extends Array {
      static get [Symbol.species]() {
        return function Odd() {
          return new Proxy([], {
            defineProperty: () => {
              for (;;) {}
            },
          });
        };
      }
    }
    new List(1, 2, 3).map((x) => x);
    return new Response("done");
  },
};
