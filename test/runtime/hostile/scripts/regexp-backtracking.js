// A regular expression that backtracks without end.
// Expected: stopped.
export default {
  fetch() {
    return new Response(String(/^(a+)+$/.test(`${"a".repeat(64)}!`)));
  },
};
