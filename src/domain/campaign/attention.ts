import semver from "semver";
import type { LibraryNote } from "../manifest/fleet-manifest.ts";
import {
  type DeprecatedVersions,
  type LibraryReason,
  libraryReasons,
  REASON_KINDS,
} from "./library-reasons.ts";

/** A library inside a deployed script. */
export interface LibraryInScript {
  readonly library: string;
  readonly libraryVersion: string;
  /** `<name>@<version>`. */
  readonly script: string;
  /** null when no node serves it. */
  readonly requestsPerMinute: number | null;
}

/** One that should not stay as it is. */
export type NeedsAttention<Use> = Use & {
  /** The gravest first. */
  readonly reasons: readonly LibraryReason[];
  /** The campaign that takes the library further; null when there is none. */
  readonly campaign: string | null;
};

export interface AttentionFacts {
  readonly notes: ReadonlyMap<string, readonly LibraryNote[]>;
  /** By library. */
  readonly deprecated: ReadonlyMap<string, DeprecatedVersions>;
  /** Those that are under way. */
  readonly campaigns: readonly { readonly name: string; readonly library: string; readonly to: string }[];
}

/** The scripts that need attention: the gravest reason first, then the most requests. */
export function scriptsInNeed<Use extends LibraryInScript>(
  uses: readonly Use[],
  { notes, deprecated, campaigns }: AttentionFacts,
): NeedsAttention<Use>[] {
  // Thousands of scripts share a few versions.
  const known = new Map<string, readonly LibraryReason[]>();
  const found = uses.flatMap((use): NeedsAttention<Use>[] => {
    const { library, libraryVersion: version } = use;
    const key = `${library}@${version}`;
    const reasons =
      known.get(key) ?? libraryReasons(version, notes.get(library) ?? [], deprecated.get(library) ?? {});
    known.set(key, reasons);
    if (reasons.length === 0) return [];
    const campaign = campaigns.find((one) => one.library === library && isNewer(one.to, version));
    return [{ ...use, reasons, campaign: campaign?.name ?? null }];
  });
  return found.sort(
    (a, b) =>
      gravity(a) - gravity(b) ||
      (b.requestsPerMinute ?? 0) - (a.requestsPerMinute ?? 0) ||
      (a.script < b.script ? -1 : a.script > b.script ? 1 : 0),
  );
}

function gravity({ reasons }: { readonly reasons: readonly LibraryReason[] }): number {
  return Math.min(...reasons.map(({ kind }) => REASON_KINDS.indexOf(kind)));
}

function isNewer(to: string, version: string): boolean {
  return semver.valid(version) !== null && semver.gt(to, version);
}
