// Regular expressions loop.
// Expected: contained.
export default {
  fetch() {
    RegExp.prototype.exec = () => {
      for (;;) {}
    };
    RegExp.prototype.test = () => {
      for (;;) {}
    };
    RegExp.prototype[Symbol.replace] = () => {
      for (;;) {}
    };
    return new Response("tampered");
  },
};
