// Answers with a rope of 500 MB.
// Expected: stopped.
export default {
  fetch() {
    let text = "x".repeat(1000);
    while (text.length < 400_000_000) text += text;
    return new Response(text);
  },
};
