// call and apply loop.
// Expected: contained.
export default {
  fetch() {
    Function.prototype.call = () => {
      for (;;) {}
    };
    Function.prototype.apply = () => {
      for (;;) {}
    };
    Function.prototype.bind = () => {
      for (;;) {}
    };
    return new Response("tampered");
  },
};
