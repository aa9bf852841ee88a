import type { Run } from "#domain/canary/run.ts";
import type { FleetManifest } from "#domain/manifest/fleet-manifest.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { NodeView } from "#domain/rollout/attestation.ts";
import { type RolloutDecision, decideRollout } from "#domain/rollout/decide-rollout.ts";
import { type EarlierRollout, paceOf } from "#domain/rollout/pace.ts";
import type { Alarm } from "#domain/rollout/region-alarms.ts";
import { isTerminal } from "#domain/rollout/rollout-phase.ts";
import type { Stop } from "#domain/rollout/stops.ts";
import type { Revision, RolloutInput, RolloutMemory } from "#domain/rollout/rollout-input.ts";
import { slotAt } from "#domain/reconcile/slots.ts";
import type { Hold, Release } from "#schemas/types.ts";

/** A revision named by one letter. */
export function revision(letter: string): Revision {
  return {
    digest: `sha256:${letter.charCodeAt(0).toString(16).repeat(32)}`,
    commit: letter.charCodeAt(0).toString(16).repeat(20),
  };
}

export const script: ScriptManifest = {
  name: "artwork",
  version: "4",
  owner: "team-art",
  labels: {},
  entry: "src/index.ts",
  settings: {
    schema: 1,
    name: "artwork",
    version: "4",
    route: "/artwork",
    warmup: [],
    limits: { memoryMb: 64, cpuMs: 500, wallMs: 1500, concurrency: 64, responseMb: 8 },
    egress: [],
    secrets: [],
  },
  dependsOn: [],
  canary: null,
  rollout: {
    strategy: "staged",
    waves: [["eu-west-1"], ["us-east-1", "us-west-2"]],
    bake: { minMs: 10_000, maxMs: 20_000, minRequests: 0, onTooLittleData: "hold" },
    completeWithinMs: null,
  },
};

export function fleetOf(
  regions: readonly string[],
  overrides: Partial<FleetManifest["regions"][number]> = {},
): FleetManifest {
  return {
    epoch: 1,
    regions: regions.map((name) => ({
      name,
      timezone: "UTC",
      windows: [],
      quorumPct: 100,
      unreachable: "wait",
      ...overrides,
    })),
    caps: { removePct: 20, canaryExposurePct: 10 },
    egressAllow: [],
    operators: [],
  };
}

interface SimulatedNode {
  readonly id: string;
  readonly region: string;
  readonly slot: number;
  serving: string | null;
  requests: number;
  errors: number;
  latencyP95Ms: number | null;
  isQuarantined: boolean;
  perSecond: number | null;
  /** null while it is cut off. */
  isReachable: boolean;
  receivedAtMs: number | null;
  failsOn: string | null;
}

/** Regions of nodes that obey the releases they are given, and a clock that the test moves. */
export class RolloutFleet {
  nowMs = Date.parse("2026-11-02T10:00:00Z");
  manifest: ScriptManifest = script;
  readonly fleet: FleetManifest;
  readonly nodes: SimulatedNode[];
  releases = new Map<string, Release>();
  memory: RolloutMemory | null = null;
  hold: Hold | null = null;
  stops: Stop[] = [];
  alarms: Alarm[] = [];
  /** How long other scripts take, milliseconds. */
  othersMs: number | null = null;
  earlier: EarlierRollout[] = [];
  canaryRuns: Run[] = [];
  /** Whether nodes fail for want of time. */
  isLate = false;
  /** Every release ever written, in order. */
  readonly written: { region: string; release: Release; atMs: number }[] = [];

  constructor(
    nodesPerRegion: Readonly<Record<string, number>>,
    overrides: Partial<FleetManifest["regions"][number]> = {},
  ) {
    this.fleet = fleetOf(Object.keys(nodesPerRegion), overrides);
    this.nodes = Object.entries(nodesPerRegion).flatMap(([region, count]) =>
      Array.from({ length: count }, (_, index) => ({
        id: `${region}-${index}`,
        region,
        slot: slotAt(index),
        serving: null,
        requests: 0,
        errors: 0,
        latencyP95Ms: null,
        isQuarantined: false,
        perSecond: null,
        isReachable: true,
        receivedAtMs: null,
        failsOn: null,
      })),
    );
  }

  /** Decides once for a target and applies what was decided to git. */
  decide(target: Revision): RolloutDecision {
    const decision = decideRollout(this.input(target));
    this.apply(decision);
    return decision;
  }

  input(target: Revision): RolloutInput {
    const nodes = this.nodes.map((node) => this.view(node));
    return {
      nowMs: this.nowMs,
      manifest: this.manifest,
      source: { repoId: 1, repo: "acme/artwork", path: "." },
      fleet: this.fleet,
      target,
      releases: this.releases,
      nodes,
      hold: this.hold,
      stops: this.stops,
      alarms: this.alarms,
      othersLatencyMs: () => this.othersMs,
      pace: paceOf(this.earlier, nodes, []),
      canaryRuns: this.canaryRuns,
      memory: this.memory,
    };
  }

  /** Puts what was decided into git. */
  apply(decision: RolloutDecision): void {
    for (const { region, release } of decision.writes) {
      if (release === null) {
        this.releases.delete(region);
        continue;
      }
      this.releases.set(region, release);
      this.written.push({ region, release, atMs: this.nowMs });
    }
    if (decision.holdChange.kind === "put") this.hold = decision.holdChange.hold;
    if (decision.holdChange.kind === "delete") this.hold = null;
    const isOver = decision.kind === "idle" || (isTerminal(decision.phase) && decision.writes.length === 0);
    this.memory = isOver ? null : decision.memory;
  }

  /** Nodes take what their region's release names for their slot, and report. */
  nodesReport(): void {
    for (const node of this.nodes.filter((candidate) => candidate.isReachable)) {
      const release = this.releases.get(node.region);
      const wanted =
        release?.next && node.slot < release.next.nodesPct ? release.next.digest : release?.stable?.digest;
      if (wanted !== node.failsOn && wanted !== (node.serving ?? undefined)) {
        node.serving = wanted ?? null;
        [node.requests, node.errors] = [0, 0];
      }
      node.receivedAtMs = this.nowMs;
    }
  }

  /** Nodes that serve the digest answer so many requests, a share of them with an error. */
  traffic(digest: string, requests: number, errorShare = 0, latencyP95Ms: number | null = null): void {
    for (const node of this.nodes) {
      if (node.serving !== digest || !node.isReachable) continue;
      node.requests += requests;
      node.errors += Math.round(requests * errorShare);
      node.latencyP95Ms = latencyP95Ms;
    }
  }

  serving(region: string): (string | null)[] {
    return this.nodes.filter((node) => node.region === region).map((node) => node.serving);
  }

  private view(node: SimulatedNode): NodeView {
    const { id, region, slot, receivedAtMs, serving, failsOn, requests, errors } = node;
    const { latencyP95Ms, isQuarantined, perSecond } = node;
    const instances: NodeView["instances"][number][] = [];
    const none = { requests: 0, errors: 0, latencyP95Ms: null, isQuarantined: false, recent: null };
    if (serving !== null) {
      const counts = { requests, errors, latencyP95Ms, isQuarantined, recent: null, perSecond };
      instances.push({
        digest: serving,
        state: "serving",
        ...counts,
        perSecond: null,
        error: null,
        isLate: false,
      });
    }
    if (failsOn !== null && this.releases.get(region)?.next?.digest === failsOn) {
      instances.push({
        digest: failsOn,
        state: "failed",
        ...none,
        perSecond: null,
        error: "warm-up timed out",
        isLate: this.isLate,
      });
    }
    return { id, region, slot, receivedAtMs, instances };
  }
}

/** Lets the fleet obey and the clock run until the rollout needs no more looking at, or for so many steps. */
export function run(fleet: RolloutFleet, target: Revision, steps = 200, stepMs = 2_000): RolloutDecision {
  let decision = fleet.decide(target);
  for (let step = 0; step < steps; step += 1) {
    fleet.nowMs += stepMs;
    fleet.nodesReport();
    decision = fleet.decide(target);
    if (decision.kind === "idle") return decision;
    if (isTerminal(decision.phase) && decision.writes.length === 0) return decision;
  }
  return decision;
}

export function phaseOf(decision: RolloutDecision): string {
  return decision.kind === "idle" ? "idle" : decision.phase.kind;
}
