import { createPublicKey, sign, verify, type KeyObject } from "node:crypto";

/** What a signature is for; one made for a purpose is worth nothing for another. */
export type SignatureContext =
  "showrunner-document-v1" | "showrunner-bundle-v1" | "showrunner-report-v1" | "showrunner-override-v1";

/** Base64 of the raw ed25519 signature over context line, line feed and body. */
export function signBytes(key: KeyObject, context: SignatureContext, body: Uint8Array): string {
  return sign(null, signedBytes(context, body), key).toString("base64");
}

/** Whether any of the keys made the signature. Never throws. */
export function isSignedBy(
  keys: readonly KeyObject[],
  context: SignatureContext,
  body: Uint8Array,
  signature: string | null,
): boolean {
  if (signature === null) return false;
  const bytes = Buffer.from(signature, "base64");
  return bytes.length === 64 && keys.some((key) => verify(null, signedBytes(context, body), key, bytes));
}

/** An ed25519 public key from SPKI PEM; null for anything else. */
export function readPublicKey(pem: string): KeyObject | null {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyType === "ed25519" ? key : null;
  } catch {
    return null;
  }
}

function signedBytes(context: SignatureContext, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${context}\n`, "ascii"), body]);
}
