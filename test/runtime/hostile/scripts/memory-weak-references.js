// Weak references and finalizers without end.
// Expected: stopped.
const refs = [];
const registry = new FinalizationRegistry((data) => {
  refs.push(data);
});
export default {
  fetch() {
    for (;;) {
      const target = { data: new Array(1000) };
      registry.register(target, target.data);
      refs.push(new WeakRef(target));
    }
  },
};
