// Headers in the platform's name.
// Expected: contained.
export default {
  fetch(request) {
    return new Response("x", {
      headers: {
        "x-showrunner-node": "forged",
        "x-showrunner-role": "forged",
        "x-showrunner-region": "forged",
        "x-request-id": "forged",
      },
    });
  },
};
