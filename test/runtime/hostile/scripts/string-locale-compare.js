// Compares long texts by locale.
// Expected: stopped.
export default {
  fetch() {
    const text = "é".repeat(20_000_000);
    for (;;) text.localeCompare(`${text}x`);
  },
};
