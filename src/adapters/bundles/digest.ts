import { createHash } from "node:crypto";
import type { Digest } from "#schemas/types.ts";

/** The name of a bundle: the SHA-256 of its bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}
