import { createHash, timingSafeEqual } from "node:crypto";

/** One hash of a subresource-integrity string. `digest` is base64. */
export interface Integrity {
  readonly algorithm: "sha512" | "sha384" | "sha256" | "sha1";
  readonly digest: string;
}

const strongestFirst = ["sha512", "sha384", "sha256", "sha1"] as const;

/** The strongest hash named in an integrity string; null when it names none that we know. */
export function parseIntegrity(text: string): Integrity | null {
  for (const algorithm of strongestFirst) {
    const found = new RegExp(`(?:^|\\s)${algorithm}-([A-Za-z0-9+/]+={0,2})(?=$|[\\s?])`).exec(text);
    if (found?.[1] !== undefined) return { algorithm, digest: found[1] };
  }
  return null;
}

export function matchesIntegrity(bytes: Uint8Array, integrity: Integrity): boolean {
  const actual = createHash(integrity.algorithm).update(bytes).digest();
  const expected = Buffer.from(integrity.digest, "base64");
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
