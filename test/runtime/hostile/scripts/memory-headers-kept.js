// Keeps every request and its headers.
// Expected: contained.
const kept = [];
export default {
  fetch(request) {
    kept.push(request, new Headers(request.headers), request.clone());
    return new Response(String(kept.length));
  },
};
