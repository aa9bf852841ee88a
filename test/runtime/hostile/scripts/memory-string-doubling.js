// A string that doubles.
// Expected: stopped.
const kept = [];
export default {
  fetch() {
    let text = "ab";
    for (;;) {
      text += text;
      text.indexOf("c");
      kept.push(`${text}x`);
    }
  },
};
