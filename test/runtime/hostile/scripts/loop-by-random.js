// Asks the host for random bytes without end.
// Expected: stopped.
export default {
  fetch() {
    for (;;) crypto.getRandomValues(new Uint8Array(65_536));
  },
};
