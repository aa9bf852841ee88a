// A request's own methods are replaced.
// Expected: contained.
export default {
  fetch(request) {
    Object.getPrototypeOf(request).text = () => {
      for (;;) {}
    };
    Object.setPrototypeOf(request, null);
    return new Response("tampered");
  },
};
