// Response and Request are replaced.
// Expected: contained.
export default {
  fetch() {
    const Old = Response;
    globalThis.Response = class extends Old {};
    globalThis.Request = function Forged() {
      for (;;) {}
    };
    globalThis.Headers = null;
    globalThis.Promise = null;
    return new Old("tampered");
  },
};
