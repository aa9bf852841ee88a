// A toJSON that always has more.
// Expected: stopped.
export default {
  fetch() {
    return new Response(
      JSON.stringify({
        toJSON: function more() {
          return [{ toJSON: more }, { toJSON: more }];
        },
      }),
    );
  },
};
