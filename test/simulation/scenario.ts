import { type Fault, type FaultKind, faultKinds } from "./faults.ts";
import { type Act, planActs, planCalmActs } from "./people.ts";
import { Random } from "./random.ts";

export interface ScriptPolicy {
  readonly waves: readonly (readonly string[])[];
  readonly bakeMinMs: number;
  readonly bakeMaxMs: number;
  readonly minRequests: number;
  readonly onTooLittleData: "hold" | "extend" | "proceed";
  readonly completeWithin: string | null;
}

export interface PlannedScript {
  /** `<script>@<version>`. */
  readonly key: string;
  readonly repositoryId: number;
  /** The script's folder. */
  readonly path: string;
  readonly policy: ScriptPolicy;
  readonly manifest: string;
  /** Mean of what one node answers a second, by region. */
  readonly requestsPerSecond: ReadonlyMap<string, number>;
}

export interface PlannedRegion {
  readonly name: string;
  readonly nodes: number;
  readonly quorumPct: number;
  readonly unreachable: "wait" | "skip" | "fail";
  readonly provisionMs: number;
  readonly warmupMs: number;
}

/** Scripts that change together, by their keys. */
export interface PlannedGroup {
  readonly name: string;
  readonly keys: readonly string[];
  readonly collectFor: string;
}

/** Everything that a seed decides beforehand; the rest follows from it and from the seed's streams. */
export interface Scenario {
  readonly seed: number;
  readonly startMs: number;
  readonly fleetText: string;
  readonly regions: readonly PlannedRegion[];
  readonly scripts: readonly PlannedScript[];
  readonly group: PlannedGroup | null;
  readonly faults: readonly Fault[];
  readonly acts: readonly Act[];
  /** From here on nothing fails and nobody intervenes, milliseconds after the start. */
  readonly quietAtMs: number;
}

export const fleetRepositoryId = 100;
export const repositoryNames: ReadonlyMap<number, string> = new Map([
  [1, "acme/artwork"],
  [2, "acme/home"],
  [3, "acme/player"],
  [fleetRepositoryId, "acme/fleet"],
]);

const quietAtMs = 330_000;
/** In one of so many seeds nothing fails and nobody intervenes: promises are measured there. */
const calmEvery = 4;

/** An ordinary Monday, and the nights on which Europe's and America's clocks change. */
const starts = [
  "2026-11-02T10:00:00Z",
  "2026-11-02T10:00:00Z",
  "2026-03-29T00:57:00Z",
  "2026-10-25T00:57:00Z",
  "2026-11-01T05:57:00Z",
].map((text) => Date.parse(text));

const zones: ReadonlyMap<string, string> = new Map([
  ["eu-west-1", "Europe/Dublin"],
  ["us-east-1", "America/New_York"],
  ["us-west-2", "America/Los_Angeles"],
  ["ap-south-1", "Asia/Kolkata"],
]);

export function scenarioOf(seed: number): Scenario {
  const random = new Random(seed, "scenario");
  const names = [...zones.keys()].slice(0, random.chance(0.8) ? 3 : 4);
  const startMs = random.pick(starts);
  const regions = names.map((name): PlannedRegion => ({
    name,
    nodes: random.pick([4, 4, 4, 5, 6]),
    quorumPct: random.pick([100, 90, 75]),
    unreachable: random.pick(["wait", "wait", "skip", "fail"]),
    provisionMs: random.spread(1_200),
    warmupMs: random.spread(1_200),
  }));
  const isCalm = seed % calmEvery === 0;
  const group = isCalm ? null : plannedGroup(new Random(seed, "group"));
  const scripts = sharedPolicies(plannedScripts(random, names), group);
  const hasWindows = random.chance(0.2);
  return {
    seed,
    startMs,
    fleetText: fleetText(regions, hasWindows ? windowsAround(startMs) : new Map()),
    regions,
    scripts,
    group,
    // A clock that is hours off takes a closed window for open and the other way round, which nothing can tell.
    faults: isCalm
      ? []
      : plannedFaults(new Random(seed, "faults"), regions).filter(
          ({ kind }) => !(hasWindows && kind === "clockStep"),
        ),
    acts: isCalm
      ? planCalmActs(new Random(seed, "people"), scripts, quietAtMs)
      : planActs(new Random(seed, "people"), { scripts, group, regions: names, quietAtMs }),
    quietAtMs,
  };
}

/**
 * In one region the window opens two minutes after the start; where the clocks change in that night, in the hour that
 * is skipped or lived twice.
 */
function windowsAround(startMs: number): ReadonlyMap<string, string> {
  const night = windowsOfNights.get(new Date(startMs).toISOString().slice(0, 10));
  if (night) return new Map([night]);
  const opensAt = new Date(startMs + 120_000);
  const time = new Intl.DateTimeFormat("en-GB", {
    timeZone: "America/New_York",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(opensAt);
  const hour = Number(time.slice(0, 2));
  const end = `${String((hour + 3) % 24).padStart(2, "0")}:00`;
  return new Map([["us-east-1", `Mon-Sun ${time}-${end}`]]);
}

const windowsOfNights: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["2026-03-29", ["eu-west-1", "Mon-Sun 01:30-04:00"]],
  ["2026-10-25", ["eu-west-1", "Mon-Sun 00:30-05:00"]],
  ["2026-11-01", ["us-east-1", "Mon-Sun 00:30-05:00"]],
]);

function fleetText(regions: readonly PlannedRegion[], windows: ReadonlyMap<string, string>): string {
  const lines = regions.map(({ name, quorumPct, unreachable }) => {
    const window = windows.get(name);
    const hours = window === undefined ? "" : `, windows: ["${window}"]`;
    return `  ${name}: { timezone: ${zones.get(name)}, quorumPct: ${quorumPct}, unreachable: ${unreachable}${hours} }`;
  });
  return `kind: Fleet\nregions:\n${lines.join("\n")}\ncaps: { removePct: 20, canaryExposurePct: 10 }\n`;
}

/** Five scripts in three repositories, one of them with an older version beside the newest. */
const places: readonly (readonly [key: string, repositoryId: number, path: string])[] = [
  ["artwork@4", 1, "artwork"],
  ["artwork@3", 1, "artwork-v3"],
  ["home@1", 2, "home"],
  ["search@2", 2, "search"],
  ["player@1", 3, "."],
  ["rating@1", 1, "rating"],
];

function plannedScripts(random: Random, regions: readonly string[]): PlannedScript[] {
  return places.map(([key, repositoryId, path]) => {
    const [first = "", ...rest] = regions;
    const waves = random.chance(0.5) ? [[first], rest] : regions.map((name) => [name]);
    const bakeMinMs = random.pick([30_000, 40_000, 60_000]);
    const policy: ScriptPolicy = {
      waves,
      bakeMinMs,
      bakeMaxMs: bakeMinMs + random.pick([0, 5_000, 10_000]),
      minRequests: random.pick([0, 20, 100]),
      onTooLittleData: random.pick(["hold", "extend", "proceed"]),
      completeWithin: random.pick([null, "20m"]),
    };
    const mean = random.pick([1, 5, 20]);
    return {
      key,
      repositoryId,
      path,
      policy,
      manifest: manifestText(key, policy),
      requestsPerSecond: new Map(regions.map((region) => [region, random.spread(mean)])),
    };
  });
}

/** Of different repositories, in two of five seeds. */
function plannedGroup(random: Random): PlannedGroup | null {
  if (!random.chance(0.4)) return null;
  const keys = [random.pick(["home@1", "search@2"]), "player@1"];
  if (random.chance(0.3)) keys.push("rating@1");
  return { name: "evening", keys, collectFor: random.pick(["1m", "90s", "1h"]) };
}

/** Members of a group have one timetable: theirs is then the same alone and together. */
function sharedPolicies(scripts: readonly PlannedScript[], group: PlannedGroup | null): PlannedScript[] {
  const first = scripts.find(({ key }) => group?.keys.includes(key));
  return scripts.map((script) => {
    if (!first || !group?.keys.includes(script.key)) return script;
    return { ...script, policy: first.policy, manifest: manifestText(script.key, first.policy) };
  });
}

export function groupText({ name, keys, collectFor }: PlannedGroup): string {
  const scripts = keys.map((key) => key.split("@")[0]).join(", ");
  return `kind: Group\nname: ${name}\nowner: team-${name}\nscripts: [${scripts}]\natomic: true\ncollectFor: ${collectFor}\n`;
}

function manifestText(key: string, policy: ScriptPolicy): string {
  const [name, version] = key.split("@");
  const waves = policy.waves.map((wave) => `[${wave.join(", ")}]`).join(", ");
  const within = policy.completeWithin === null ? "" : `, completeWithin: ${policy.completeWithin}`;
  const bake = `min: ${policy.bakeMinMs / 1000}s, max: ${policy.bakeMaxMs / 1000}s, minRequests: ${policy.minRequests}, onTooLittleData: ${policy.onTooLittleData}`;
  return `kind: Script
name: ${name}
version: "${version}"
owner: team-${name}
entry: src/index.ts
rollout: { strategy: staged, waves: [${waves}], bake: { ${bake} }${within} }
`;
}

/** How a kind of fault usually looks: for how long, and how many calls or messages it hits. */
const shapes: Readonly<
  Record<FaultKind, { readonly forMs: readonly [number, number]; readonly count: readonly [number, number] }>
> = {
  crash: { forMs: [500, 20_000], count: [0, 40] },
  databaseLost: { forMs: [500, 20_000], count: [0, 40] },
  clockStep: { forMs: [500, 20_000], count: [0, 40] },
  processPause: { forMs: [2_000, 40_000], count: [1, 1] },
  hostDown: { forMs: [5_000, 60_000], count: [1, 1] },
  hostSlow: { forMs: [5_000, 40_000], count: [1, 1] },
  rateLimit: { forMs: [20_000, 60_000], count: [1, 3] },
  lostAnswer: { forMs: [20_000, 60_000], count: [1, 4] },
  gitLag: { forMs: [5_000, 60_000], count: [1, 1] },
  gitDown: { forMs: [5_000, 60_000], count: [1, 1] },
  storeDown: { forMs: [2_000, 30_000], count: [1, 1] },
  storeSlow: { forMs: [5_000, 30_000], count: [1, 1] },
  controlPlaneDiskFull: { forMs: [5_000, 60_000], count: [1, 1] },
  bundleLost: { forMs: [60_000, 120_000], count: [1, 1] },
  webhookLost: { forMs: [30_000, 120_000], count: [1, 6] },
  webhookDuplicated: { forMs: [30_000, 120_000], count: [1, 6] },
  webhookDelayed: { forMs: [30_000, 120_000], count: [1, 6] },
  nodeDeath: { forMs: [1_000, 60_000], count: [1, 1] },
  nodePartition: { forMs: [5_000, 90_000], count: [1, 1] },
  regionPartition: { forMs: [5_000, 90_000], count: [1, 1] },
  nodeDiskFull: { forMs: [5_000, 90_000], count: [1, 1] },
  nodeClockSkew: { forMs: [60_000, 300_000], count: [1, 1] },
  reportLost: { forMs: [30_000, 120_000], count: [5, 40] },
  reportDuplicated: { forMs: [30_000, 120_000], count: [5, 40] },
  reportDelayed: { forMs: [30_000, 120_000], count: [5, 40] },
  announcementLost: { forMs: [30_000, 120_000], count: [1, 10] },
  regionTrouble: { forMs: [20_000, 60_000], count: [1, 1] },
};

function plannedFaults(random: Random, regions: readonly PlannedRegion[]): Fault[] {
  const count = random.int(3, 14);
  const faults = Array.from({ length: count }, (): Fault => {
    const kind = random.pick(faultKinds);
    const { forMs, count: hits } = shapes[kind];
    const region = random.pick(regions);
    const node = `${region.name}-n${random.int(0, region.nodes - 1)}`;
    const isOfNode = kind === "nodeDeath" || kind === "nodePartition" || kind === "nodeDiskFull";
    const isOfRegion = kind === "regionPartition" || kind === "regionTrouble";
    return {
      kind,
      atMs: Math.round(random.between(2_000, quietAtMs - 30_000)),
      forMs: Math.round(random.between(...forMs)),
      count: random.int(...hits),
      target: isOfNode || kind === "nodeClockSkew" ? node : isOfRegion ? region.name : "",
      chance: random.next(),
    };
  });
  return faults.sort((a, b) => a.atMs - b.atMs);
}
