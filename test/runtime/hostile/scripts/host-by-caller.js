// Looks up the stack for the caller.
// Expected: contained.
export default {
  fetch() {
    function sloppy() {
      try {
        return sloppy.caller ?? sloppy.arguments?.callee?.caller;
      } catch {
        return null;
      }
    }
    let caller = sloppy();
    for (let i = 0; i < 20 && typeof caller === "function"; i += 1) {
      try {
        const world = caller.constructor("return typeof process === 'undefined' ? null : process")();
        if (world?.pid !== undefined) return new Response("ESCAPED by the caller");
        caller = caller.caller;
      } catch {
        break;
      }
    }
    return new Response("held");
  },
};
