// A text that asks for itself.
// Expected: stopped.
export default {
  fetch() {
    const odd = {
      toString() {
        return `${odd}`;
      },
    };
    return new Response(odd);
  },
};
