// Logs proxies, cycles and revoked things.
// Expected: contained.
export default {
  fetch() {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const cycle = {};
    cycle.self = cycle;
    console.log(proxy, cycle, Symbol("x"), 1n, new Proxy(() => {}, {}), Object.create(null));
    return new Response("done");
  },
};
