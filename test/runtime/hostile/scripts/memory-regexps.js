// Keeps compiled regular expressions.
// Expected: stopped.
const kept = [];
export default {
  fetch() {
    for (let i = 0; ; i += 1) {
      const odd = new RegExp(`a{${i % 1000}}${"[a-z]?".repeat(500)}`);
      odd.test("aaa");
      odd.test("bbb");
      kept.push(odd);
    }
    return new Response("done");
  },
};
