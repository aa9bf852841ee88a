// Throws what turns to text only after a loop.
// Expected: stopped.
export default {
  fetch() {
    throw {
      [Symbol.toPrimitive]() {
        for (;;) {}
      },
    };
  },
};
