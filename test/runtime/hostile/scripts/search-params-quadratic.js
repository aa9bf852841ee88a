// Search parameters without end.
// Expected: stopped.
export default {
  fetch() {
    const params = new URLSearchParams("a=1&".repeat(100_000));
    for (;;) {
      params.append("a", "1");
      params.sort();
      String(params);
    }
  },
};
