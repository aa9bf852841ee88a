// Builds formatters without end.
// Expected: stopped.
export default {
  fetch() {
    const kept = [];
    for (;;)
      kept.push(
        new Intl.DateTimeFormat("ar-EG", { dateStyle: "full", timeZone: "Asia/Tokyo" }).format(kept.length),
      );
  },
};
