// Imports what only a host has.
// Expected: contained.
export default {
  async fetch() {
    for (const name of [
      "node:fs",
      "fs",
      "node:child_process",
      "data:text/javascript,export default 1",
      "file:///etc/passwd",
    ]) {
      try {
        await (0, eval)(`import(${JSON.stringify(name)})`);
        return new Response(`ESCAPED by ${name}`);
      } catch {}
    }
    return new Response("held");
  },
};
