// Never gets through its own loading.
// Expected: stopped.
for (;;) {}
export default { fetch() {} };
