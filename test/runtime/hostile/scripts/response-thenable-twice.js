// A thenable that answers many times.
// Expected: contained.
export default {
  fetch() {
    return {
      then(resolve, reject) {
        resolve(new Response("one"));
        resolve(new Response("two"));
        reject(new Error("three"));
      },
    };
  },
};
