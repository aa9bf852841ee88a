// Nested quantifiers.
// Expected: stopped.
export default {
  fetch() {
    for (;;) {
      try {
        new RegExp("((a{1,1000}){1,1000}){1,1000}").exec("a".repeat(3000));
      } catch {}
    }
  },
};
