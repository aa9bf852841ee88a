// Symbol.hasInstance of Error and Response loops.
// Expected: contained.
export default {
  fetch() {
    for (const Class of [Error, Response, Promise])
      Object.defineProperty(Class, Symbol.hasInstance, {
        value() {
          for (;;) {}
        },
        configurable: true,
      });
    return new Response("x");
  },
};
