// An unhandled rejection whose stack is prepared for ever.
// Expected: contained.
Error.prepareStackTrace = () => {
  for (;;) {}
};
export default {
  fetch() {
    Promise.reject(new Error("x"));
    return new Response("done");
  },
};
