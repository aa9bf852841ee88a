// An event that dispatches itself.
// Expected: stopped.
export default {
  fetch() {
    const target = new EventTarget();
    target.addEventListener("x", () => {
      target.dispatchEvent(new Event("x"));
    });
    target.dispatchEvent(new Event("x"));
    for (;;) target.dispatchEvent(new Event("x"));
  },
};
