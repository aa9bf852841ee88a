import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

export interface MultipartPart {
  readonly name: string;
  /** Null for a plain value. */
  readonly filename: string | null;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

const CR = 13;
const LF = 10;
const DASH = 45;

/** The parts of a `multipart/form-data` body (RFC 7578), or null when it is none. */
export function splitMultipart(body: Uint8Array, boundary: string): MultipartPart[] | null {
  const delimiter = encodeUtf8(`--${boundary}`);
  const parts: MultipartPart[] = [];
  let at = indexOfBytes(body, delimiter, 0);
  if (at !== 0 && !(at > 1 && body[at - 2] === CR && body[at - 1] === LF)) return null;
  for (;;) {
    at += delimiter.length;
    if (body[at] === DASH && body[at + 1] === DASH) return parts;
    if (body[at] !== CR || body[at + 1] !== LF) return null;
    const headersEnd = indexOfBytes(body, BLANK_LINE, at);
    if (headersEnd === -1) return null;
    const headers = readHeaders(decodeUtf8(body.subarray(at + 2, headersEnd)));
    const start = headersEnd + BLANK_LINE.length;
    const next = indexOfBytes(body, delimiter, start);
    const end = next - 2;
    if (headers === null || next === -1 || body[end] !== CR || body[end + 1] !== LF) return null;
    parts.push({ ...headers, bytes: body.subarray(start, end) });
    at = next;
  }
}

const BLANK_LINE = encodeUtf8("\r\n\r\n");

function readHeaders(text: string): Pick<MultipartPart, "name" | "filename" | "contentType"> | null {
  let disposition = "";
  let contentType: string | null = null;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "content-disposition") disposition = value;
    if (name === "content-type") contentType = value;
  }
  if (!/^form-data\s*;/i.test(disposition)) return null;
  const name = parameterOf(disposition, "name");
  const filename = parameterOf(disposition, "filename");
  if (name === null) return null;
  return { name, filename, contentType: contentType ?? "text/plain" };
}

function parameterOf(disposition: string, name: string): string | null {
  const match = new RegExp(`;\\s*${name}=(?:"([^"]*)"|([^;\\s]*))`, "i").exec(disposition);
  const value = match?.[1] ?? match?.[2];
  if (value === undefined) return null;
  return value.replaceAll(/%0a/gi, "\n").replaceAll(/%0d/gi, "\r").replaceAll("%22", '"');
}

function indexOfBytes(bytes: Uint8Array, sought: Uint8Array, from: number): number {
  const first = sought[0] ?? 0;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1)) {
    let length = 1;
    while (length < sought.length && bytes[at + length] === sought[length]) length += 1;
    if (length === sought.length) return at;
  }
  return -1;
}
