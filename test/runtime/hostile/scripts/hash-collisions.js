// Keys that are chosen to collide.
// Expected: stopped.
export default {
  fetch() {
    const odd = {};
    for (let i = 0; ; i += 1) {
      odd[2 ** 31 + i * 4096] = i;
      if (i % 1000 === 0) for (const key in odd) void key;
    }
    return new Response("done");
  },
};
