// An async generator without end.
// Expected: stopped.
export default {
  async fetch() {
    async function* endless() {
      for (;;) yield 1;
    }
    for await (const _ of endless()) {
    }
    return new Response("done");
  },
};
