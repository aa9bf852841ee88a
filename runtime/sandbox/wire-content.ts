import { assertNever } from "../assert-never.ts";
import type { BodyContent } from "./body.ts";
import type { LazyParts } from "./lazy.ts";
import type { WireBody } from "./messages.ts";

/** Null when the content is longer than `bytesMax`. */
export function contentToWire(
  lazy: LazyParts,
  content: BodyContent | null,
  bytesMax: number,
): WireBody | null {
  if (content === null) return { kind: "none" };
  if (typeof content === "string") {
    // A UTF-16 unit is at most three bytes of UTF-8, so most bodies need no counting.
    if (content.length * 3 > bytesMax && lazy.use("text").utf8Length(content) > bytesMax) return null;
    return { kind: "text", text: content };
  }
  return content.length > bytesMax
    ? null
    : { kind: "base64", base64: lazy.use("text").bytesToBase64(content) };
}

export function wireToContent(lazy: LazyParts, body: WireBody): BodyContent | null {
  switch (body.kind) {
    case "none":
      return null;
    case "text":
      return body.text;
    case "base64":
      return lazy.use("text").base64ToBytes(body.base64) ?? new Uint8Array();
    default:
      return assertNever(body);
  }
}
