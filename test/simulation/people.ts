import type { PlannedGroup, PlannedScript } from "./scenario.ts";
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
  | {
      /** Opens a pull request for each member of a group, all of one change, and merges them one by one, or some not at all. */
      readonly kind: "change";
      readonly atMs: number;
      readonly parts: readonly {
        readonly key: string;
        readonly behaviour: Behaviour;
        readonly mergedAfterMs: number | null;
      }[];
    }
  /** Asks the control plane for an operation, as the command line does. A pause or freeze is taken back later. */
  | {
      readonly kind: "command";
      readonly atMs: number;
      readonly operation: CommandKind;
      readonly target: string;
      readonly forMs: number;
      /** Whether a freeze lifts itself. */
      readonly expires: boolean;
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

const commandKinds = ["pause", "resume", "abort", "rollback", "promote", "freeze", "unfreeze"] as const;
export type CommandKind = (typeof commandKinds)[number];

/** Commands count once they are done. */
export type ActKind = Exclude<Act["kind"], "command"> | `command ${CommandKind}`;
/** What people do beside changing scripts and giving commands. */
const otherKinds = [
  "pause",
  "freeze",
  "abort",
  "rollback",
  "closeRegion",
  "breakRelease",
  "unrelatedCommit",
] as const;
export const actKinds: readonly ActKind[] = [
  "pull",
  "change",
  ...otherKinds,
  ...commandKinds.map((kind) => `command ${kind}` as const),
];

const bad: readonly Behaviour[] = ["errors", "slow", "failsWarmup", "crashes", "unbuildable"];

interface Ground {
  readonly scripts: readonly PlannedScript[];
  readonly group: PlannedGroup | null;
  readonly regions: readonly string[];
  readonly quietAtMs: number;
}

export function planActs(random: Random, ground: Ground): Act[] {
  const { scripts, group, quietAtMs } = ground;
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
  for (let count = 0; count < others; count += 1) acts.push(other(random, ground));
  if (group) {
    acts.push(change(random, group, random.between(3_000, 60_000)));
    if (random.chance(0.4)) acts.push(change(random, group, random.between(60_000, quietAtMs - 90_000)));
  }
  if (random.chance(0.5)) acts.push(command(random, ground));
  return acts.sort((a, b) => a.atMs - b.atMs);
}

function change(random: Random, { keys }: PlannedGroup, atMs: number): Act {
  const parts = keys.map((key) => ({
    key,
    behaviour: random.chance(0.85) ? ("healthy" as const) : random.pick(bad.slice(0, -1)),
    mergedAfterMs: random.chance(0.9) ? random.int(1_000, random.chance(0.2) ? 120_000 : 20_000) : null,
  }));
  return { kind: "change", atMs: Math.round(atMs), parts };
}

function command(random: Random, { scripts, group, regions, quietAtMs }: Ground): Act {
  const key = random.pick(scripts).key;
  const isMember = group?.keys.includes(key) === true;
  const picked = random.pick(["pause", "pause", "abort", "rollback", "promote", "freeze"] as const);
  // Members of a group that are not at one change have no revision in common to go back to.
  const operation = isMember && picked === "rollback" ? "abort" : picked;
  const script = key.split("@")[0] ?? "";
  const frozen = random.pick(["fleet", `region:${random.pick(regions)}`, script]);
  const moved = isMember && operation !== "pause" ? `group:${group?.name}` : key;
  return {
    kind: "command",
    atMs: Math.round(random.between(20_000, quietAtMs - 60_000)),
    operation,
    target: operation === "freeze" ? frozen : moved,
    forMs: random.int(20_000, 120_000),
    expires: random.chance(0.5),
  };
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

function other(random: Random, { scripts, group, regions, quietAtMs }: Ground): Act {
  const keys = scripts.map(({ key }) => key);
  const atMs = Math.round(random.between(20_000, quietAtMs - 60_000));
  const forMs = random.int(20_000, 240_000);
  const kind = random.pick(otherKinds);
  switch (kind) {
    case "pause":
      return { kind, atMs, key: random.pick(keys), forMs };
    case "freeze": {
      const script = random.pick(keys).split("@")[0] ?? "";
      const scope = random.pick(["fleet", `region:${random.pick(regions)}`, `script:${script}`]);
      return { kind, atMs, scope, forMs, expires: random.chance(0.5) };
    }
    case "abort":
    case "rollback": {
      const key = random.pick(keys);
      return { kind: group?.keys.includes(key) ? "abort" : kind, atMs, key };
    }
    case "closeRegion":
      return { kind, atMs, region: random.pick(regions) };
    case "breakRelease":
      return { kind, atMs, key: random.pick(keys), region: random.pick(regions) };
    default:
      return { kind, atMs };
  }
}
