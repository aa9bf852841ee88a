// A hundred thousand cookies.
// Expected: stopped.
export default {
  fetch() {
    const headers = new Headers();
    for (let i = 0; i < 100_000; i += 1) headers.append("set-cookie", `a${i}=1`);
    return new Response("x", { headers });
  },
};
