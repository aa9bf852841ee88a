import semver from "semver";
import type { NewReleases } from "#schemas/types.ts";
import type { LibraryNote } from "../manifest/fleet-manifest.ts";
import type { UpgradesPolicy } from "../manifest/upgrades-policy.ts";
import { isOpenHour } from "./held-upgrade.ts";
import { type LibraryReason, libraryReasons } from "./library-reasons.ts";
import { deprecatedIn, type LibraryReleases } from "./library-releases.ts";
import { releaseTarget, soundReleases } from "./release-target.ts";

/** A library that a deployed script names in its own package.json. */
export interface LibraryUser {
  /** owner/name. */
  readonly repository: string;
  readonly library: string;
  /** The version that is deployed. */
  readonly version: string;
  /** What the script's manifest wants, or the fleet for it. */
  readonly newReleases: NewReleases;
}

/** A campaign in the fleet repository, as far as the scan minds it. */
export interface KnownCampaign {
  readonly name: string;
  readonly library: string;
  readonly to: string;
  /** The range that it is for; null where that is every older version. */
  readonly from: string | null;
  /** null where it is about all. */
  readonly repositories: readonly string[] | null;
  readonly isOfScan: boolean;
  /** It opens and ships nothing any more: stopped, or superseded. */
  readonly isEnded: boolean;
  /** Nothing is left to do. */
  readonly isDone: boolean;
}

export interface ScanFacts {
  readonly users: readonly LibraryUser[];
  /** By library; one that is not there was not asked about yet. */
  readonly releases: ReadonlyMap<string, LibraryReleases>;
  readonly notes: ReadonlyMap<string, readonly LibraryNote[]>;
  /** By repository, those of all of its scripts that have one. */
  readonly policies: ReadonlyMap<string, readonly UpgradesPolicy[]>;
  readonly campaigns: readonly KnownCampaign[];
}

/** What the scan wants of one library's release. */
export interface FoundUpgrade {
  readonly library: string;
  readonly to: string;
  /** The range of versions that it is for. */
  readonly from: string;
  /** In order. */
  readonly repositories: readonly string[];
  /** What speaks against versions in use, by version. */
  readonly reasons: readonly { readonly version: string; readonly reason: LibraryReason }[];
  /** The campaign that there is for it; null when one is to be started. */
  readonly extends: string | null;
  /** Campaigns of the scan that it takes the place of. */
  readonly supersedes: readonly string[];
}

/** A campaign is one file, and files have limits. */
const REPOSITORIES_MAX = 5_000;
const REPOSITORY_TEXT_MAX = 150_000;

/** The campaigns to start, extend and supersede, library by library. */
export function planScan(facts: ScanFacts, nowMs: number): FoundUpgrade[] {
  const found: FoundUpgrade[] = [];
  for (const [library, users] of Map.groupBy(facts.users, (user) => user.library)) {
    const campaigns = facts.campaigns.filter((campaign) => campaign.library === library);
    // Two campaigns for one library would pull the same branches to and fro, and a person's goes first.
    if (campaigns.some(({ isOfScan, isEnded, isDone }) => !isOfScan && !isEnded && !isDone)) continue;
    for (const aim of aimsOf(library, users, facts, nowMs).values()) {
      const upgrade = upgradeTo(aim, campaigns, facts, nowMs);
      if (upgrade !== null) found.push(upgrade);
    }
  }
  return found;
}

/** Those that get away from something come first, then those for many. */
export function byNeed(a: FoundUpgrade, b: FoundUpgrade): number {
  return (
    Number(b.reasons.length > 0) - Number(a.reasons.length > 0) ||
    b.repositories.length - a.repositories.length ||
    (`${a.library}@${a.to}` < `${b.library}@${b.to}` ? -1 : 1)
  );
}

/** Those who go to one release. */
interface Aim {
  readonly library: string;
  readonly to: string;
  /** Versions in use, by repository. */
  readonly froms: Map<string, Set<string>>;
}

function aimsOf(
  library: string,
  users: readonly LibraryUser[],
  facts: ScanFacts,
  nowMs: number,
): Map<string, Aim> {
  const known = facts.releases.get(library);
  const aims = new Map<string, Aim>();
  if (known === undefined) return aims;
  const notes = facts.notes.get(library) ?? [];
  const deprecated = deprecatedIn(known);
  const releases = soundReleases(known, notes);
  // Hundreds of repositories share a few versions and policies.
  const targets = new Map<string, string | null>();
  for (const [repository, own] of Map.groupBy(users, (user) => user.repository)) {
    const policies = facts.policies.get(repository) ?? [];
    const newReleases = mostCareful(own);
    for (const from of new Set(own.map(({ version }) => version))) {
      const key = JSON.stringify([from, newReleases, policies]);
      let target = targets.get(key);
      if (target === undefined) {
        const isInNeed = libraryReasons(from, notes, deprecated).length > 0;
        target = releaseTarget(releases, { library, from, isInNeed, newReleases, policies }, nowMs);
        targets.set(key, target);
      }
      if (target === null) continue;
      const aim = aims.get(target) ?? { library, to: target, froms: new Map<string, Set<string>>() };
      aim.froms.set(repository, (aim.froms.get(repository) ?? new Set()).add(from));
      aims.set(target, aim);
    }
  }
  return aims;
}

const CARE = ["none", "needed", "patch", "minor", "major"] as const;

/** Of several scripts in one repository, the one that wants least has its way. */
function mostCareful(users: readonly LibraryUser[]): NewReleases {
  return CARE[Math.min(...users.map(({ newReleases }) => CARE.indexOf(newReleases)))] ?? "none";
}

function upgradeTo(
  aim: Aim,
  campaigns: readonly KnownCampaign[],
  facts: ScanFacts,
  nowMs: number,
): FoundUpgrade | null {
  const { library, to, froms } = aim;
  const existing = campaigns.find((campaign) => campaign.to === to);
  // Whoever stopped it meant this version; and a person's own was for whom they chose.
  if (existing !== undefined && (existing.isEnded || !existing.isOfScan || existing.repositories === null))
    return null;
  const supersedes = campaigns
    .filter((campaign) => isReplacedBy(campaign, aim, facts))
    .map(({ name }) => name);
  const before = existing?.repositories ?? [];
  const added = bounded(
    before,
    [...froms.keys()].filter((repository) => !before.includes(repository)).sort(),
  );
  if (existing !== undefined && added.length === 0 && supersedes.length === 0) return null;
  const isTimely = [...froms.keys()].some((one) => isOpenHour(facts.policies.get(one) ?? [], nowMs));
  if (existing === undefined && !isTimely) return null;
  const inUse = [...new Set([...froms.values()].flatMap((versions) => [...versions]))].sort(semver.compare);
  return {
    library,
    to,
    from: rangeOf(inUse, to, existing?.from ?? null),
    repositories: [...before, ...added],
    reasons: reasonsAgainst(inUse, library, facts),
    extends: existing?.name ?? null,
    supersedes,
  };
}

/** Everybody whom the campaign still waits for goes to the newer release. */
function isReplacedBy(
  { library, to, repositories, isOfScan, isEnded, isDone }: KnownCampaign,
  aim: Aim,
  { users }: ScanFacts,
): boolean {
  if (!isOfScan || isEnded || isDone || repositories === null || semver.gte(to, aim.to)) return false;
  const meant = new Set(repositories);
  const waitedFor = users.filter(
    (user) => user.library === library && meant.has(user.repository) && isBelow(user.version, to),
  );
  return waitedFor.length > 0 && waitedFor.every(({ repository }) => aim.froms.has(repository));
}

function isBelow(version: string, to: string): boolean {
  return semver.valid(version) !== null && semver.lt(version, to);
}

/** From the lowest version in use; a campaign that is there keeps what it was for. */
function rangeOf(inUse: readonly string[], to: string, before: string | null): string {
  const known = before === null ? null : (semver.minVersion(before)?.version ?? null);
  const [lowest = "0.0.0"] = [...inUse, ...(known === null ? [] : [known])].sort(semver.compare);
  return `>=${lowest} <${to}`;
}

function reasonsAgainst(
  inUse: readonly string[],
  library: string,
  facts: ScanFacts,
): FoundUpgrade["reasons"] {
  const notes = facts.notes.get(library) ?? [];
  const deprecated = deprecatedIn(facts.releases.get(library));
  return inUse.flatMap((version) =>
    libraryReasons(version, notes, deprecated).map((reason) => ({ version, reason })),
  );
}

/** As many of them as one file takes, in their order. */
function bounded(before: readonly string[], added: readonly string[]): string[] {
  let left = REPOSITORY_TEXT_MAX - before.join().length;
  return added.slice(0, REPOSITORIES_MAX - before.length).filter((repository) => {
    left -= repository.length + 1;
    return left >= 0;
  });
}
