// A reviver that makes the value grow.
// Expected: stopped.
export default {
  fetch() {
    JSON.parse("[0]", function grow(key, value) {
      if (Array.isArray(this)) this[Number(key) + 1] = [0];
      for (;;) {}
      return value;
    });
  },
};
