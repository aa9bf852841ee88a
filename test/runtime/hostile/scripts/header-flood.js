// A hundred thousand headers.
// Expected: stopped.
export default {
  fetch() {
    const headers = new Headers();
    for (let i = 0; i < 100_000; i += 1) headers.append(`x-${i}`, "1");
    return new Response("x", { headers });
  },
};
