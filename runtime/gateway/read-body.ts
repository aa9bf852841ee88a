import type { IncomingMessage } from "node:http";

export type BodyResult =
  | { readonly kind: "read"; readonly bytes: Buffer }
  | { readonly kind: "tooLarge" }
  | { readonly kind: "broken" };

const EMPTY = Buffer.alloc(0);

/** The whole body, up to `bytesMax`. */
export async function readBody(message: IncomingMessage, bytesMax: number): Promise<BodyResult> {
  const declared = message.headers["content-length"];
  if (declared === undefined && message.headers["transfer-encoding"] === undefined)
    return { kind: "read", bytes: EMPTY };
  if (Number(declared ?? 0) > bytesMax) return { kind: "tooLarge" };
  const chunks: Buffer[] = [];
  let byteCount = 0;
  return new Promise((resolve) => {
    message.on("data", (chunk: Buffer) => {
      byteCount += chunk.length;
      if (byteCount <= bytesMax) chunks.push(chunk);
      else {
        message.pause();
        resolve({ kind: "tooLarge" });
      }
    });
    message.on("end", () => {
      resolve({ kind: "read", bytes: Buffer.concat(chunks) });
    });
    message.on("error", () => {
      resolve({ kind: "broken" });
    });
    message.on("close", () => {
      resolve({ kind: "broken" });
    });
  });
}
