import type { PlannedScript } from "./scenario.ts";
import type { Random } from "./random.ts";
import type { Behaviour } from "./revisions.ts";

/** What people do, each at a time after the start, milliseconds. */
export type Act =
  | {
      /** Opens a pull request with a new revision of a script, and merges it later (or not at all). */
      readonly kind: "pull";
      readonly atMs: number;
      readonly key: string;
      readonly behaviour: Behaviour;
      readonly manifestIsValid: boolean;
      /** A second push to the branch before the merge; null for none. */
      readonly pushedAgainAfterMs: number | null;
      readonly isForced: boolean;
      readonly mergedAfterMs: number | null;
    }
  | { readonly kind: "pause"; readonly atMs: number; readonly key: string; readonly forMs: number }
  | {
      readonly kind: "freeze";
      readonly atMs: number;
      readonly scope: string;
      readonly forMs: number;
      /** Whether it lifts itself by `until` instead of by hand. */
      readonly expires: boolean;
    }
  /** Takes a revision that is on its way in some region back, for good. */
  | { readonly kind: "abort" | "rollback"; readonly atMs: number; readonly key: string }
  /** Moves a region's window to a time some hours from now. */
  | { readonly kind: "closeRegion"; readonly atMs: number; readonly region: string }
  /** Writes something into a release file that is no release. */
  | { readonly kind: "breakRelease"; readonly atMs: number; readonly key: string; readonly region: string }
  /** Touches the fleet repository without meaning anything to us, in a race with the bot. */
  | { readonly kind: "unrelatedCommit"; readonly atMs: number };

export type ActKind = Act["kind"];
export const actKinds: readonly ActKind[] = [
  "pull",
  "pause",
  "freeze",
  "abort",
  "rollback",
  "closeRegion",
  "breakRelease",
  "unrelatedCommit",
];

const bad: readonly Behaviour[] = ["errors", "slow", "failsWarmup", "crashes", "unbuildable"];

export function planActs(
  random: Random,
  scripts: readonly PlannedScript[],
  regions: readonly string[],
  quietAtMs: number,
): Act[] {
  const keys = scripts.map(({ key }) => key);
  const first = random.pick(keys);
  const second = random.pick(keys.filter((key) => key !== first));
  // Two at least overlap, and most seeds have a newer merge on top of one of them.
  const acts: Act[] = [
    pull(random, first, random.between(3_000, 30_000)),
    pull(random, second, random.between(3_000, 60_000)),
    pull(random, random.pick([first, second]), random.between(60_000, 200_000)),
  ];
  const more = random.int(0, 3);
  for (let count = 0; count < more; count += 1) {
    acts.push(pull(random, random.pick(keys), random.between(5_000, quietAtMs - 60_000)));
  }
  const others = random.int(0, 3);
  for (let count = 0; count < others; count += 1) acts.push(other(random, keys, regions, quietAtMs));
  return acts.sort((a, b) => a.atMs - b.atMs);
}

/** Nobody but good revisions, each long after the one before of the same script: what promises are measured by. */
export function planCalmActs(random: Random, scripts: readonly PlannedScript[], quietAtMs: number): Act[] {
  const keys = scripts.map(({ key }) => key);
  const first = random.pick(keys);
  const others = keys.filter((key) => key !== first);
  const second = random.pick(others);
  const third = random.pick(others.filter((key) => key !== second));
  const merges: readonly (readonly [key: string, atMs: number])[] = [
    [first, random.between(3_000, 30_000)],
    [second, random.between(3_000, 60_000)],
    [third, random.between(60_000, 200_000)],
    [first, quietAtMs - random.between(5_000, 30_000)],
  ];
  return merges.map(([key, atMs]) => ({
    ...pull(random, key, atMs),
    behaviour: "healthy",
    manifestIsValid: true,
    mergedAfterMs: random.int(1_000, 20_000),
  }));
}

function pull(random: Random, key: string, atMs: number): Extract<Act, { kind: "pull" }> {
  return {
    kind: "pull",
    atMs: Math.round(atMs),
    key,
    behaviour: random.chance(0.7) ? "healthy" : random.pick(bad),
    manifestIsValid: random.chance(0.95),
    pushedAgainAfterMs: random.chance(0.2) ? random.int(500, 8_000) : null,
    isForced: random.chance(0.5),
    mergedAfterMs: random.chance(0.95) ? random.int(1_000, 20_000) : null,
  };
}

function other(random: Random, keys: readonly string[], regions: readonly string[], quietAtMs: number): Act {
  const atMs = Math.round(random.between(20_000, quietAtMs - 60_000));
  const forMs = random.int(20_000, 240_000);
  const kind = random.pick([
    "pause",
    "freeze",
    "abort",
    "rollback",
    "closeRegion",
    "breakRelease",
    "unrelatedCommit",
  ] as const);
  switch (kind) {
    case "pause":
      return { kind, atMs, key: random.pick(keys), forMs };
    case "freeze": {
      const script = random.pick(keys).split("@")[0] ?? "";
      const scope = random.pick(["fleet", `region:${random.pick(regions)}`, `script:${script}`]);
      return { kind, atMs, scope, forMs, expires: random.chance(0.5) };
    }
    case "abort":
    case "rollback":
      return { kind, atMs, key: random.pick(keys) };
    case "closeRegion":
      return { kind, atMs, region: random.pick(regions) };
    case "breakRelease":
      return { kind, atMs, key: random.pick(keys), region: random.pick(regions) };
    default:
      return { kind, atMs };
  }
}
