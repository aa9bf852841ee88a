import semver, { type SemVer } from "semver";

/** Kinds of change from one version to another, the smallest first. */
export const STEPS = ["patch", "minor", "major"] as const;

/** An index of STEPS; beyond them all for a step to or from a prerelease. */
export function stepSize(from: string | SemVer, to: string | SemVer): number {
  const difference = semver.diff(from, to);
  const size = STEPS.findIndex((name) => name === difference);
  return size === -1 ? STEPS.length : size;
}
