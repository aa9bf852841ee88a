import type { Digest } from "#schemas/types.ts";

/** How a revision does once nodes have it; "unbuildable" never gets that far. */
export type Behaviour = "healthy" | "errors" | "slow" | "failsWarmup" | "crashes" | "unbuildable";

/** The source of a script in the simulation: a number that makes it unique, and how it behaves. */
export function sourceText(revision: number, behaviour: Behaviour): string {
  return `export const revision = ${revision}; // ${behaviour}\n`;
}

export function behaviourOf(source: string): Behaviour {
  const word = source.slice(source.indexOf("// ") + 3).trim();
  switch (word) {
    case "errors":
    case "slow":
    case "failsWarmup":
    case "crashes":
    case "unbuildable":
      return word;
    default:
      return "healthy";
  }
}

/** A manifest as somebody breaks it: with a strategy that there is not. */
export function brokenManifest(manifest: string): string {
  return manifest.replace("strategy: staged", "strategy: odd");
}

export function isBrokenManifest(text: string): boolean {
  return text.includes("strategy: odd");
}

export interface Built {
  readonly digest: Digest;
  readonly behaviour: Behaviour;
  /** `<script>@<version>` that it was built for: settings are part of a revision. */
  readonly script: string;
}

const built = new Map<string, Built>();
const byDigest = new Map<Digest, Built>();
const rememberedMax = 100_000;

/** What a source builds to; a pure function that remembers. */
export function buildOf(script: string, settings: string, source: string): Built {
  const key = `${script}\n${settings}\n${source}`;
  const known = built.get(key);
  if (known) return known;
  if (built.size > rememberedMax) {
    built.clear();
    byDigest.clear();
  }
  const made: Built = { digest: `sha256:${hex(key)}`, behaviour: behaviourOf(source), script };
  built.set(key, made);
  byDigest.set(made.digest, made);
  return made;
}

export function behaviourOfDigest(digest: Digest): Behaviour {
  return byDigest.get(digest)?.behaviour ?? "healthy";
}

/** The script that a digest was built for; null when nobody built it. */
export function scriptOfDigest(digest: Digest): string | null {
  return byDigest.get(digest)?.script ?? null;
}

/** 64 hexadecimal digits that differ where the text does; no protection against anybody. */
function hex(text: string): string {
  let digits = "";
  for (let part = 0; part < 8; part += 1) {
    let hash = Math.imul(0x811c9dc5, part + 1);
    for (let index = 0; index < text.length; index += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
    digits += (hash >>> 0).toString(16).padStart(8, "0");
  }
  return digits;
}
