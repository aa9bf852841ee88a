// Logs what loops when it is turned into text.
// Expected: stopped.
export default {
  fetch() {
    console.log({
      toJSON() {
        for (;;) {}
      },
      toString() {
        for (;;) {}
      },
      [Symbol.toPrimitive]() {
        for (;;) {}
      },
      get [Symbol.toStringTag]() {
        for (;;) {}
      },
      get x() {
        for (;;) {}
      },
    });
    for (;;) {}
  },
};
