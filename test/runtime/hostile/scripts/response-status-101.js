// Wants to switch protocols.
// Expected: stopped.
export default {
  fetch() {
    return new Response(null, { status: 101, headers: { upgrade: "websocket", connection: "upgrade" } });
  },
};
