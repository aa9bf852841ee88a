// Multiplies ever longer numbers.
// Expected: stopped.
export default {
  fetch() {
    let n = 3n;
    for (;;) n *= n;
  },
};
