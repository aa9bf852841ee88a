import type { KeyObject } from "node:crypto";
import { asRecord } from "../as-record.ts";
import { isSignedBy } from "../sync/signatures.ts";

/** `BASE64URL(JSON of Override).BASE64URL(signature)`; the signature is over the first part's text. */
export const OVERRIDE_HEADER = "x-showrunner-override";

const HEADER_LENGTH_MAX = 1024;
const KEPT_MAX = 256;
const NAME = /^[a-z0-9-]{1,63}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** The control plane's word that the bearer may try one revision of one script, at whatever weight. */
export interface Override {
  readonly script: string;
  readonly digest: string;
  /** RFC 3339. */
  readonly expiresAt: string;
}

export type OverrideReading =
  | { readonly kind: "none" }
  | { readonly kind: "valid"; readonly override: Override }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Reads override headers. A refused one is told to the client, who would otherwise take the stable revision's answer
 * for that of the one under test. One for another script is none: it may come along on calls between scripts.
 */
export class OverrideReader {
  readonly #trustedKeys: () => readonly KeyObject[];
  /** By the header's text, oldest first: checking a signature costs far more than serving a request. */
  readonly #kept = new Map<string, Override>();

  constructor(trustedKeys: () => readonly KeyObject[]) {
    this.#trustedKeys = trustedKeys;
  }

  read(header: string | readonly string[] | undefined, script: string, nowMs: number): OverrideReading {
    if (header === undefined || header === "") return { kind: "none" };
    if (typeof header !== "string" || header.length > HEADER_LENGTH_MAX)
      return refused("it is not one short text");
    const override = this.#verify(header);
    if (override === null) return refused("its signature does not hold");
    if (override.script !== script) return { kind: "none" };
    if (!(Date.parse(override.expiresAt) > nowMs)) return refused(`it expired at ${override.expiresAt}`);
    return { kind: "valid", override };
  }

  /** Forgets what was checked, since the keys have changed. */
  clear(): void {
    this.#kept.clear();
  }

  #verify(header: string): Override | null {
    const kept = this.#kept.get(header);
    if (kept !== undefined) return kept;
    const [payload = "", signature = "", ...rest] = header.split(".");
    const override = parsePayload(payload);
    // What is no override at all costs no check of a signature.
    if (override === null || rest.length > 0) return null;
    const base64 = Buffer.from(signature, "base64url").toString("base64");
    if (!isSignedBy(this.#trustedKeys(), "showrunner-override-v1", Buffer.from(payload), base64)) return null;
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(header, override);
    return override;
  }
}

function parsePayload(payload: string): Override | null {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  } catch {
    return null;
  }
  const record = asRecord(value);
  const { script, digest, expiresAt } = {
    script: record?.["script"],
    digest: record?.["digest"],
    expiresAt: record?.["expiresAt"],
  };
  if (typeof script !== "string" || typeof digest !== "string" || typeof expiresAt !== "string") return null;
  return NAME.test(script) && DIGEST.test(digest) ? { script, digest, expiresAt } : null;
}

function refused(reason: string): OverrideReading {
  return { kind: "refused", reason: `the override is refused: ${reason}` };
}
