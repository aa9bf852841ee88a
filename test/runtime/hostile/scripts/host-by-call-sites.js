// Takes functions and objects from call sites.
// Expected: contained.
export default {
  fetch() {
    Error.prepareStackTrace = (_, sites) => sites;
    const sites = new Error().stack;
    Error.prepareStackTrace = undefined;
    for (const site of Array.isArray(sites) ? sites : []) {
      for (const value of [site.getThis?.(), site.getFunction?.()]) {
        try {
          if (value?.constructor?.constructor("return typeof process")() === "object")
            return new Response("ESCAPED by a call site");
        } catch {}
      }
    }
    return new Response("held");
  },
};
