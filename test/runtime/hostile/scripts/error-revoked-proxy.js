// Throws a revoked proxy.
// Expected: stopped.
export default {
  fetch() {
    const { proxy, revoke } = Proxy.revocable(new Error(), {});
    revoke();
    throw proxy;
  },
};
