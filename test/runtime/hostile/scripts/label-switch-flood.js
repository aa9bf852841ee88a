// A function with a hundred thousand branches.
// Expected: stopped.
export default {
  fetch() {
    for (;;)
      new Function("x", `switch (x) {${Array.from({ length: 100_000 }, (_, i) => `case ${i}:`).join("")} }`)(
        1,
      );
  },
};
