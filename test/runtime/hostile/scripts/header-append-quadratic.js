// One header that is appended to without end.
// Expected: stopped.
export default {
  fetch() {
    const headers = new Headers();
    for (;;) headers.append("x-a", "a".repeat(1000));
  },
};
