import { isUtf8 } from "node:buffer";
import { assertNever } from "../assert-never.ts";
import type { WireBody } from "../sandbox/messages.ts";

/** Text where the bytes are UTF-8, since that is cheaper on both sides; base64 otherwise. */
export function bufferToWireBody(bytes: Buffer): WireBody {
  if (bytes.length === 0) return { kind: "none" };
  return isUtf8(bytes)
    ? { kind: "text", text: bytes.toString("utf8") }
    : { kind: "base64", base64: bytes.toString("base64") };
}

export function wireBodyToBuffer(body: WireBody): Buffer {
  switch (body.kind) {
    case "none":
      return Buffer.alloc(0);
    case "text":
      return Buffer.from(body.text, "utf8");
    case "base64":
      return Buffer.from(body.base64, "base64");
    default:
      return assertNever(body);
  }
}
