import { HttpError } from "../http-error.ts";

/** The bytes of a base64 text; 422 for anything else. */
export function decodeBase64(text: string): Buffer {
  const compact = text.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) throw new HttpError(422, "content is not valid Base64");
  return Buffer.from(compact, "base64");
}

/** Base64 in lines of 60 characters, as GitHub sends it. */
export function encodeBase64(content: Buffer): string {
  return content.toString("base64").replaceAll(/.{1,60}/g, "$&\n");
}
