// A length where no body is.
// Expected: contained.
export default {
  fetch() {
    return new Response(null, { status: 304, headers: { "content-length": "100" } });
  },
};
