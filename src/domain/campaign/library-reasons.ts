import semver from "semver";
import type { LibraryNote } from "../manifest/fleet-manifest.ts";

/** Why a version of a library should not stay in use. */
export interface LibraryReason {
  readonly kind: LibraryNote["why"] | "deprecated";
  /** Last day on which its authors care for it, YYYY-MM-DD; null where it has none or nobody said. */
  readonly on: string | null;
  /** What operators, or npm's `deprecated`, say of it; null where that is nothing. */
  readonly note: string | null;
}

/** What the registry calls deprecated of one library: version to the words of its authors. */
export type DeprecatedVersions = Readonly<Record<string, string>>;

/** The gravest first. */
export const REASON_KINDS = ["broken", "endOfLife", "deprecated", "slow"] as const;

/** What speaks against a version, the gravest first; empty when nothing does. */
export function libraryReasons(
  version: string,
  notes: readonly LibraryNote[],
  deprecated: DeprecatedVersions,
): LibraryReason[] {
  const found = notes
    .filter(({ range }) => semver.satisfies(version, range, { includePrerelease: true, loose: true }))
    .map(({ why, on, note }): LibraryReason => ({ kind: why, on, note }));
  const words = Object.hasOwn(deprecated, version) ? deprecated[version] : undefined;
  if (words !== undefined) found.push({ kind: "deprecated", on: null, note: words === "" ? null : words });
  return found.sort((a, b) => REASON_KINDS.indexOf(a.kind) - REASON_KINDS.indexOf(b.kind));
}
