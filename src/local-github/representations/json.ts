/** A JSON object on its way out. Its shape is GitHub's, and is checked against GitHub's description. */
export type Json = Record<string, unknown>;

/** GitHub's opaque global id. */
export function nodeId(kind: string, id: number | string): string {
  return Buffer.from(`${kind}:${id}`).toString("base64url");
}
