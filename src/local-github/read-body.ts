import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.ts";

/** A request's whole body; 413 as soon as it is larger than `bytesMax`. */
export async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const tooLarge = new HttpError(413, "Request body is too large");
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const piece: unknown = chunk;
    if (!Buffer.isBuffer(piece)) continue;
    bytes += piece.length;
    if (bytes > bytesMax) throw tooLarge;
    chunks.push(piece);
  }
  return Buffer.concat(chunks);
}
