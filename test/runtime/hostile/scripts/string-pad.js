// Pads to the greatest length.
// Expected: stopped.
export default {
  fetch() {
    for (;;) "".padEnd(2 ** 29 - 25, "ab").lastIndexOf("c");
  },
};
