// Looks for what only a host has.
// Expected: contained.
export default {
  fetch() {
    const names = [
      "process",
      "require",
      "module",
      "global",
      "Buffer",
      "ivm",
      "_ivm",
      "isolate",
      "__dirname",
      "Deno",
      "Bun",
    ];
    const found = names.filter((name) => {
      try {
        return new Function(`return typeof ${name}`)() !== "undefined";
      } catch {
        return false;
      }
    });
    return new Response(found.length > 0 ? `ESCAPED by ${found}` : "held");
  },
};
