import type { Digest } from "#schemas/types.ts";
import { advisoryTarget, isAffected, type Advisory } from "./osv-advisory.ts";

/** A library inside a revision, as the inventory has it. */
export interface InventoryEntry {
  readonly digest: Digest;
  readonly name: string;
  readonly version: string;
  readonly direct: boolean;
}

/** A revision that contains a version which an advisory is about. */
export interface AffectedRevision extends InventoryEntry {
  /** The lowest fixed version above it; null when there is none. */
  readonly fixedBy: string | null;
}

/** The revisions that an advisory is about, and only those: `deployed` names the ones that count. */
export function affectedRevisions(
  entries: Iterable<InventoryEntry>,
  advisory: Advisory,
  deployed: ReadonlySet<Digest>,
): AffectedRevision[] {
  const subjects = new Map(advisory.packages.map((subject) => [subject.name, subject]));
  // Thousands of revisions share a few versions, and reading a version costs more than remembering it.
  const verdicts = new Map<string, { affected: boolean; fixedBy: string | null }>();
  const found: AffectedRevision[] = [];
  for (const entry of entries) {
    const subject = subjects.get(entry.name);
    if (subject === undefined || !deployed.has(entry.digest)) continue;
    const key = `${entry.name}@${entry.version}`;
    let verdict = verdicts.get(key);
    if (verdict === undefined) {
      const target = advisoryTarget(subject, entry.version);
      const fixedBy = target?.kind === "version" ? target.version : null;
      verdict = { affected: isAffected(subject, entry.version), fixedBy };
      verdicts.set(key, verdict);
    }
    if (verdict.affected) found.push({ ...entry, fixedBy: verdict.fixedBy });
  }
  return found;
}
