// Looks for the host behind every function it is given.
// Expected: contained.
export default {
  fetch(request, env, ctx) {
    const found = [];
    const seen = new Set();
    const look = (value, path, depth) => {
      if (
        depth > 6 ||
        value === null ||
        (typeof value !== "object" && typeof value !== "function") ||
        seen.has(value)
      )
        return;
      seen.add(value);
      try {
        const make = value.constructor?.constructor;
        const world =
          typeof make === "function"
            ? make("return typeof process === 'undefined' ? null : process")()
            : null;
        if (world?.pid !== undefined) found.push(path);
      } catch {}
      for (const key of Reflect.ownKeys(value)) {
        try {
          look(value[key], `${path}.${String(key)}`, depth + 1);
        } catch {}
      }
      look(Object.getPrototypeOf(value), `${path}.__proto__`, depth + 1);
    };
    look(globalThis, "globalThis", 0);
    look(request, "request", 0);
    look(env, "env", 0);
    look(ctx, "ctx", 0);
    return new Response(found.length > 0 ? `ESCAPED by ${found[0]}` : "held");
  },
};
