// Changes the status after the checks.
// Expected: contained.
export default {
  fetch() {
    const response = new Response("x");
    for (const status of [0, -1, 1e9, "200 OK\r\nx-smuggled: 1", {}, null]) {
      try {
        Object.defineProperty(response, "status", { value: status });
      } catch {}
    }
    return response;
  },
};
