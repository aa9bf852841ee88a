import type { RegionDocument } from "#schemas/types.ts";

type DocumentProblemCode =
  | "document_wrong_region"
  | "document_older"
  | "document_empty"
  | "document_mass_removal"
  | "document_duplicate";

export type Acceptance =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: DocumentProblemCode; readonly message: string };

/**
 * Whether a document that is signed and meets its schema may take the place of the one in force. The caps keep an
 * absurd document from taking a region down: what serves is worth more than what is new.
 */
export function acceptDocument(
  candidate: RegionDocument,
  inForce: RegionDocument | null,
  region: string,
  removePctMax: number,
): Acceptance {
  if (candidate.region !== region) {
    return refused(
      "document_wrong_region",
      `the document is for ${candidate.region}, this node is in ${region}`,
    );
  }
  const names = new Set(candidate.scripts.map(nameOf));
  if (names.size !== candidate.scripts.length) {
    return refused("document_duplicate", "the document holds one version of a script twice");
  }
  if (inForce === null) return { ok: true };
  if (isOlder(candidate, inForce)) {
    return refused("document_older", `${stampOf(candidate)} is older than ${stampOf(inForce)} in force`);
  }
  if (inForce.scripts.length === 0) return { ok: true };
  if (candidate.scripts.length === 0) {
    return refused(
      "document_empty",
      `${stampOf(candidate)} holds no script, the one in force ${inForce.scripts.length}`,
    );
  }
  const removed = inForce.scripts.map(nameOf).filter((name) => !names.has(name));
  const removedPct = (removed.length / inForce.scripts.length) * 100;
  // One script may always go, however few there are.
  if (removed.length <= 1 || removedPct <= removePctMax) return { ok: true };
  const share = `${removed.length} of ${inForce.scripts.length} scripts`;
  return refused(
    "document_mass_removal",
    `${stampOf(candidate)} removes ${share}, more than ${removePctMax}%: ${removed.slice(0, 5).join(", ")}`,
  );
}

function isOlder(candidate: RegionDocument, inForce: RegionDocument): boolean {
  if (candidate.epoch !== inForce.epoch) return candidate.epoch < inForce.epoch;
  return candidate.generation < inForce.generation;
}

function stampOf({ epoch, generation }: RegionDocument): string {
  return `epoch ${epoch} generation ${generation}`;
}

function nameOf({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${version}`;
}

function refused(code: DocumentProblemCode, message: string): Acceptance {
  return { ok: false, code, message };
}
