/**
 * Who may change a list of headers. The web forbids a page many names. Here a request only refuses those that belong
 * to the connection, which the host sets by itself: a server's script sets cookies and passes requests on.
 */
export type HeadersGuard = "none" | "request" | "no-cors" | "immutable";
