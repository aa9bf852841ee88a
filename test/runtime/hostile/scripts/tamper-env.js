// Changes what later requests are given.
// Expected: contained.
export default {
  fetch(request, env) {
    const seen = env.forged ?? env.secrets?.FORGED;
    env.forged = "ESCAPED";
    env.region = "ESCAPED";
    try {
      env.secrets.FORGED = "ESCAPED";
    } catch {}
    return new Response((seen ?? env.region === "ESCAPED") ? "kept" : "held");
  },
};
