// Something with the prototype of a response.
// Expected: stopped.
export default {
  fetch() {
    return Object.create(Response.prototype, {
      status: { value: 200 },
      body: { value: "x" },
      headers: { value: [] },
    });
  },
};
