import semver, { type SemVer } from "semver";
import type { NewReleases } from "#schemas/types.ts";
import type { LibraryNote } from "../manifest/fleet-manifest.ts";
import type { UpgradesPolicy } from "../manifest/upgrades-policy.ts";
import { isYoung, refusedUpgrade } from "./held-upgrade.ts";
import { libraryReasons } from "./library-reasons.ts";
import type { LibraryReleases } from "./library-releases.ts";
import { STEPS, stepSize } from "./step-size.ts";

/** A release that may be offered. */
export interface SoundRelease {
  readonly version: SemVer;
  readonly publishedAtMs: number | null;
}

/** Who might be offered one. */
export interface ReleaseWish {
  readonly library: string;
  /** The version in use. */
  readonly from: string;
  /** Whether something speaks against the version in use. */
  readonly isInNeed: boolean;
  readonly newReleases: NewReleases;
  /** Of the scripts of its repository, as far as they have one. */
  readonly policies: readonly UpgradesPolicy[];
}

/** Of scripts whose manifest says nothing. */
const COOLDOWN_MS = 3 * 86_400_000;

/**
 * The releases that nothing speaks against, newest version first. What is above the tag "latest" is left out, and so are
 * prereleases: neither was meant for everybody.
 */
export function soundReleases(
  { latest, releases }: LibraryReleases,
  notes: readonly LibraryNote[],
): SoundRelease[] {
  const highest = latest === null ? null : semver.parse(latest);
  return releases
    .flatMap(({ version: text, publishedAtMs, deprecated }): SoundRelease[] => {
      const version = semver.parse(text);
      if (version === null || version.prerelease.length > 0 || version.version !== text) return [];
      if (deprecated !== null || libraryReasons(text, notes, {}).length > 0) return [];
      if (highest !== null && version.compare(highest) > 0) return [];
      return [{ version, publishedAtMs }];
    })
    .sort((a, b) => b.version.compare(a.version));
}

/**
 * The release that a version in use is to go to: the newest of the wanted size; where something speaks against the version
 * in use and there is none of that size, the smallest step. null when no release is wanted, or none old enough yet.
 */
export function releaseTarget(
  releases: readonly SoundRelease[],
  { library, from, isInNeed, newReleases, policies }: ReleaseWish,
  nowMs: number,
): string | null {
  const standing = semver.parse(from);
  if (newReleases === "none" || standing === null) return null;
  const wanted = releases.filter(
    ({ version, publishedAtMs }) =>
      version.compare(standing) > 0 &&
      refusedUpgrade(policies, { library, version: version.version }) === null &&
      !isYoung(policies, publishedAtMs, nowMs, COOLDOWN_MS),
  );
  const sizeMax = newReleases === "needed" ? -1 : STEPS.indexOf(newReleases);
  const newest = wanted.find(({ version }) => stepSize(standing, version) <= sizeMax);
  const target = newest ?? (isInNeed ? wanted.at(-1) : undefined);
  return target?.version.version ?? null;
}
