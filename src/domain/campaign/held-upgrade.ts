import semver from "semver";
import type { UpgradesPolicy } from "../manifest/upgrades-policy.ts";
import { windowOpen } from "../rollout/windows.ts";

export interface ProposedRelease {
  /** Epoch milliseconds; null when the registry does not tell. */
  readonly publishedAtMs: number | null;
  /** A matter of security: neither its age nor the hour holds it up. */
  readonly isUrgent: boolean;
}

/** Why the policies of a repository's scripts never want an upgrade, for people; null when they may. */
export function refusedUpgrade(
  policies: readonly UpgradesPolicy[],
  { library, version }: { readonly library: string; readonly version: string },
): string | null {
  for (const { ignore, ranges } of policies) {
    if (ignore.includes(library)) return `its upgrades policy leaves ${library} alone`;
    const range = Object.hasOwn(ranges, library) ? ranges[library] : undefined;
    if (range !== undefined && !semver.satisfies(version, range))
      return `its upgrades policy keeps ${library} within ${range}`;
  }
  return null;
}

/** Whether the policies want an upgrade, but not yet: the release is too young, or the hour is not one of theirs. */
export function isUpgradeEarly(
  policies: readonly UpgradesPolicy[],
  { publishedAtMs, isUrgent }: ProposedRelease,
  nowMs: number,
): boolean {
  if (isUrgent) return false;
  return isYoung(policies, publishedAtMs, nowMs, 0) || !isOpenHour(policies, nowMs);
}

/** Whether a release has not yet the age that the policies want, or the default where one says nothing. */
export function isYoung(
  policies: readonly UpgradesPolicy[],
  publishedAtMs: number | null,
  nowMs: number,
  defaultMs: number,
): boolean {
  if (publishedAtMs === null) return false;
  return policies.some(({ cooldownMs }) => nowMs - publishedAtMs < (cooldownMs ?? defaultMs));
}

/** Whether the policies let pull requests be opened at that moment. */
export function isOpenHour(policies: readonly UpgradesPolicy[], nowMs: number): boolean {
  return policies.every(
    ({ schedule }) => schedule.length === 0 || windowOpen({ timezone: "UTC", windows: schedule }, nowMs),
  );
}
