import type { OperationFacts } from "#domain/operations/operation-facts.ts";
import type { Operation } from "#domain/operations/operation.ts";
import { parseFleet } from "#domain/manifest/parse-manifest.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { Freeze, Group, Hold, Kill, Release } from "#schemas/types.ts";

export const nowMs = Date.parse("2026-11-02T10:00:00Z");
export const old = { digest: `sha256:${"0".repeat(64)}` as const, commit: "0".repeat(40) };
export const stable = { digest: `sha256:${"a".repeat(64)}` as const, commit: "a".repeat(40) };
export const next = { digest: `sha256:${"b".repeat(64)}` as const, commit: "b".repeat(40) };

const fleetText = `kind: Fleet
regions:
  eu-west-1: { timezone: Europe/Dublin }
  us-east-1: { timezone: America/New_York }
  us-west-2: { timezone: America/Los_Angeles }
`;

interface Situation {
  readonly releases?: readonly (readonly [region: string, release: Release])[];
  readonly holds?: readonly Hold[];
  readonly freezes?: readonly Freeze[];
  readonly kills?: readonly Kill[];
  readonly groups?: readonly Group[];
}

export function release(change: Partial<Release> = {}, script = "artwork", version = "4"): Release {
  const source = { repoId: 7, repo: "acme/artwork", path: "." };
  return { kind: "Release", script, version, source, stable, ...change };
}

/** A release with `next` on a share of the nodes, in a wave of the rollout of `rolling()`. */
export function rollingRelease(wave: number, nodesPct: number, waveStartedAt: string): Release {
  const at = "2026-11-02T09:00:00Z";
  return release({
    next: { ...next, nodesPct },
    rollout: { id: "artwork@4-bbbbbbb", wave, startedAt: at, waveStartedAt, promisedBy: at },
  });
}

export function snapshot(situation: Situation = {}): FleetSnapshot {
  const parsed = parseFleet(fleetText, "fleet.yaml");
  if (!parsed.ok) throw new Error("the fixture's fleet is not valid");
  const releases = new Map<string, Map<string, Release>>();
  for (const [region, one] of situation.releases ?? []) {
    const ofRegion = releases.get(region) ?? new Map<string, Release>();
    releases.set(region, ofRegion.set(`${one.script}@${one.version}`, one));
  }
  return {
    commit: "f".repeat(40),
    generation: 3,
    committedAtMs: nowMs,
    fleet: parsed.manifest,
    fleetText,
    releases,
    holds: new Map((situation.holds ?? []).map((it) => [`${it.script}@${it.version}`, it])),
    freezes: new Map((situation.freezes ?? []).map((it) => [it.scope, it])),
    kills: new Map((situation.kills ?? []).map((it) => [it.scope, it])),
    groups: new Map((situation.groups ?? []).map((it) => [it.name, it])),
    canaries: new Map(),
    campaigns: new Map(),
    experiments: new Map(),
    problems: [],
  };
}

export function facts(change: Partial<OperationFacts> = {}): OperationFacts {
  const scripts = [
    { name: "artwork", version: "4", labels: { team: "art" } },
    { name: "catalog", version: "1", labels: { team: "web" } },
    { name: "home", version: "1", labels: { team: "web" } },
    { name: "search", version: "2", labels: { team: "web" } },
  ];
  return { scripts, rollouts: [], earlier: new Map(), origins: new Map(), slots: {}, ...change };
}

/** The rollout of `next` for artwork@4. */
export function rolling(phase: OperationFacts["rollouts"][number]["phase"]): OperationFacts {
  const times = { startedAtMs: nowMs - 60_000, promisedByMs: nowMs + 600_000 };
  const rollout = {
    id: "artwork@4-bbbbbbb",
    script: "artwork",
    version: "4",
    revision: next,
    phase,
    ...times,
  };
  return facts({ rollouts: [rollout] });
}

export function operation(
  kind: Operation["kind"],
  target: Operation["target"] = { kind: "script", name: "artwork", version: null },
  change: Partial<Operation> = {},
): Operation {
  return {
    kind,
    target,
    reason: "checkout errors",
    by: "@maya",
    askedAtMs: nowMs,
    untilMs: null,
    toCommit: null,
    confirmed: null,
    ...change,
  };
}

export function hold(mode: Hold["mode"], change: Partial<Hold> = {}): Hold {
  const revision = mode === "pause" ? {} : { revision: next };
  const at = "2026-11-02T08:00:00Z";
  return {
    kind: "Hold",
    script: "artwork",
    version: "4",
    mode,
    ...revision,
    reason: "slow",
    by: "@jonas",
    at,
    ...change,
  };
}

export function freeze(scope: string, change: Partial<Freeze> = {}): Freeze {
  return { kind: "Freeze", scope, reason: "launch", by: "@ops", at: "2026-11-02T08:00:00Z", ...change };
}

export function kill(scope: string, regions: string[], change: Partial<Kill> = {}): Kill {
  return { kind: "Kill", scope, reason: "leak", by: "@ops", at: "2026-11-02T08:00:00Z", regions, ...change };
}

export function group(name: string, scripts: [string, ...string[]], atomic = false): Group {
  return { kind: "Group", name, owner: "team-web", scripts, atomic };
}
