import { assertNever } from "#domain/assert-never.ts";
import type { RegionManifest } from "#domain/manifest/fleet-manifest.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { Release } from "#schemas/types.ts";
import { attestation, requestsOf } from "./attestation.ts";
import { bakeState } from "./bake.ts";
import { nextBatchPct } from "./batches.ts";
import { planRollout, rolloutWaves } from "./plan-rollout.ts";
import { type RegionProgress, percentOf } from "./region-progress.ts";
import { type ReleaseWrite, promoteWrite, startWrite, withShare, withdrawals } from "./release-writes.ts";
import type { Revision, RolloutInput, RolloutMemory } from "./rollout-input.ts";
import type { RolloutPhase } from "./rollout-phase.ts";
import { expectedBy, nodesPerRegion, progressOf } from "./rollout-progress.ts";
import { waveOpening } from "./wave-opening.ts";

/** While a wave is under way it is looked at again at least this often, milliseconds; reports usually wake it earlier. */
const recheckMs = 2_000;

export type RolloutDecision =
  /** Every region already serves the target. */
  | { readonly kind: "idle"; readonly id: string; readonly writes: readonly ReleaseWrite[] }
  | {
      readonly kind: "active";
      readonly phase: RolloutPhase;
      readonly memory: RolloutMemory;
      readonly writes: readonly ReleaseWrite[];
      readonly regions: readonly RegionProgress[];
      readonly percent: number;
      readonly expectedByMs: number;
      readonly requeueAfterMs: number | null;
    };

/** A rollout's identity: the same merge always gives the same one. */
export function rolloutId(manifest: ScriptManifest, target: Revision): string {
  return `${manifest.name}@${manifest.version}-${target.commit.slice(0, 7)}`;
}

/**
 * What to write to the fleet repository now to bring the target to every region, wave by wave. Only compares: the same
 * input gives the same decision whenever and however often it is asked, and after any crash.
 */
export function decideRollout(input: RolloutInput): RolloutDecision {
  const { manifest, fleet, target, releases } = input;
  const id = rolloutId(manifest, target);
  const waves = rolloutWaves(manifest.rollout, fleet);
  const done = (region: string) =>
    releases.get(region)?.stable?.digest === target.digest && !releases.get(region)?.next;
  const index = waves.findIndex((wave) => !wave.every(done));
  const settled = waves.every((wave) =>
    wave.every((region) => releases.get(region)?.stable?.digest === target.digest),
  );
  if (index === -1 || settled) {
    const remembered = input.memory?.id === id && Object.keys(input.memory.bakeStartedAtMs).length > 0;
    const writes = withdrawals(input, []);
    return remembered ? completed(input, waves, writes) : { kind: "idle", id, writes };
  }

  const promise = promiseOf(input, id);
  if (promise.kind === "refused") return refused(input, id, promise.reason, promise.retryAtMs);
  const step = waveStep(input, waves, index, promise.memory);
  const memory = { ...promise.memory, ...step.memory };
  const regions = waves.flatMap((wave, at) =>
    wave.map((region) => progressOf(input, region, at, index, step.phase)),
  );
  return {
    kind: "active",
    phase: step.phase,
    memory,
    writes: [...step.writes, ...withdrawals(input, waves[index] ?? [])],
    regions,
    percent: percentOf(regions),
    expectedByMs: expectedBy(input, waves, index, memory),
    requeueAfterMs: step.requeueAfterMs,
  };
}

type RolloutPromise =
  | { readonly kind: "made"; readonly memory: RolloutMemory }
  | { readonly kind: "refused"; readonly reason: string; readonly retryAtMs: number | null };

/** The promise is made once: it is taken from the fleet repository's mark, else from memory, else planned from now. */
function promiseOf(input: RolloutInput, id: string): RolloutPromise {
  const memory = input.memory?.id === id ? input.memory : null;
  const bakes = { bakeStartedAtMs: memory?.bakeStartedAtMs ?? {}, unproven: memory?.unproven ?? false };
  for (const { rollout } of input.releases.values()) {
    if (rollout?.id !== id) continue;
    const times = {
      startedAtMs: Date.parse(rollout.startedAt),
      promisedByMs: Date.parse(rollout.promisedBy),
    };
    return { kind: "made", memory: { id, ...times, ...bakes } };
  }
  if (memory) return { kind: "made", memory };
  const planned = planRollout({
    manifest: input.manifest,
    fleet: input.fleet,
    startMs: input.nowMs,
    nodesPerRegion: nodesPerRegion(input.nodes),
  });
  if (!planned.ok) return { kind: "refused", reason: planned.reason, retryAtMs: planned.earliestMs ?? null };
  return {
    kind: "made",
    memory: { id, startedAtMs: input.nowMs, promisedByMs: planned.plan.completesByMs, ...bakes },
  };
}

interface WaveStep {
  readonly phase: RolloutPhase;
  readonly writes: readonly ReleaseWrite[];
  readonly memory: Partial<RolloutMemory>;
  readonly requeueAfterMs: number | null;
}

type RegionStep =
  | { readonly kind: "done" | "attested" }
  | { readonly kind: "start"; readonly region: RegionManifest }
  | {
      readonly kind: "nextBatch";
      readonly release: Release;
      readonly region: string;
      readonly nodesPct: number;
    }
  | {
      readonly kind: "provisioning";
      readonly waitingFor: readonly string[];
      readonly unreachable: readonly string[];
    }
  | { readonly kind: "failed"; readonly region: string; readonly node: string; readonly message: string };

function waveStep(
  input: RolloutInput,
  waves: readonly string[][],
  index: number,
  memory: RolloutMemory,
): WaveStep {
  const wave = index + 1;
  const steps = (waves[index] ?? []).map((region) => regionStep(input, region));
  const failed = steps.find((step) => step.kind === "failed");
  if (failed) {
    const { region, node, message } = failed;
    return {
      phase: { kind: "failed", wave, region, node, message },
      writes: [],
      memory: {},
      requeueAfterMs: recheckMs,
    };
  }
  if (steps.every((step) => step.kind === "done" || step.kind === "attested"))
    return bakeStep(input, waves, index, memory);

  const starts = steps.filter((step) => step.kind === "start").map((step) => step.region);
  const opensAtMs = waveOpening(starts, input.manifest.rollout.windows ?? [], input.nowMs);
  const open = opensAtMs === input.nowMs ? starts : [];
  const batches = steps
    .filter((step) => step.kind === "nextBatch")
    .map(({ region, release, nodesPct }) => ({ region, release: withShare(release, nodesPct) }));
  const waiting = steps.filter((step) => step.kind === "provisioning");
  const writes = [...open.map((region) => startWrite(input, region.name, wave, memory)), ...batches];
  if (writes.length === 0 && waiting.length === 0) return windowWait(starts, wave, opensAtMs, input.nowMs);
  const waitingFor = waiting.flatMap((step) => step.waitingFor);
  const unreachable = waiting.flatMap((step) => step.unreachable);
  return {
    phase: { kind: "provisioning", wave, waitingFor, unreachable },
    writes,
    memory: {},
    requeueAfterMs: recheckMs,
  };
}

function windowWait(
  regions: readonly RegionManifest[],
  wave: number,
  opensAtMs: number | null,
  nowMs: number,
): WaveStep {
  return {
    phase: { kind: "waitingForWindow", wave, regions: regions.map((region) => region.name), opensAtMs },
    writes: [],
    memory: {},
    requeueAfterMs: opensAtMs === null ? null : Math.max(0, opensAtMs - nowMs),
  };
}

function regionStep(input: RolloutInput, name: string): RegionStep {
  const { target, nowMs } = input;
  const release = input.releases.get(name);
  const region = input.fleet.regions.find((candidate) => candidate.name === name);
  if (!region) throw new Error(`rolloutWaves named a region outside the fleet: ${name}`);
  if (!release?.next)
    return release?.stable?.digest === target.digest ? { kind: "done" } : { kind: "start", region };
  if (release.next.digest !== target.digest) return { kind: "start", region };
  const nodes = input.nodes.filter((node) => node.region === name);
  const { nodesPct } = release.next;
  const sinceMs = release.rollout ? Date.parse(release.rollout.waveStartedAt) : nowMs;
  const result = attestation({ region, nodes, digest: target.digest, nodesPct, sinceMs, nowMs });
  switch (result.kind) {
    case "failed":
      return { kind: "failed", region: name, node: result.node, message: result.message };
    case "waiting":
      return { kind: "provisioning", waitingFor: result.waitingFor, unreachable: result.unreachable };
    case "reached":
      if (nodesPct >= 100) return { kind: "attested" };
      return {
        kind: "nextBatch",
        region: name,
        release,
        nodesPct: nextBatchPct(
          nodes.map((node) => node.slot),
          nodesPct,
        ),
      };
    default:
      return assertNever(result);
  }
}

/** Every region of the wave attests the target on all its nodes: observe it, then promote it and start the next wave in one commit. */
function bakeStep(
  input: RolloutInput,
  waves: readonly string[][],
  index: number,
  memory: RolloutMemory,
): WaveStep {
  const { nowMs, target } = input;
  const wave = index + 1;
  const regions = waves[index] ?? [];
  const sinceMs = memory.bakeStartedAtMs[wave] ?? nowMs;
  const policy = input.manifest.rollout.bake;
  const requests = requestsOf(
    input.nodes.filter((node) => regions.includes(node.region)),
    target.digest,
  );
  const bake = bakeState(policy, sinceMs, requests, nowMs);
  const bakes = { bakeStartedAtMs: { ...memory.bakeStartedAtMs, [wave]: sinceMs } };
  switch (bake.kind) {
    case "observing": {
      const requeueAfterMs = Math.min(recheckMs, Math.max(0, bake.untilMs - nowMs));
      return {
        phase: { kind: "baking", wave, sinceMs, untilMs: bake.untilMs, requests },
        writes: [],
        memory: bakes,
        requeueAfterMs,
      };
    }
    case "held": {
      const phase: RolloutPhase = { kind: "held", wave, requests, minRequests: policy.minRequests };
      return { phase, writes: [], memory: bakes, requeueAfterMs: recheckMs };
    }
    case "enough":
    case "unproven": {
      const unproven = memory.unproven || bake.kind === "unproven";
      const promotions = regions
        .map((region) => promoteWrite(input, region))
        .filter((write) => write !== null);
      return advance(input, waves, index, { ...memory, ...bakes, unproven }, promotions);
    }
    default:
      return assertNever(bake);
  }
}

function advance(
  input: RolloutInput,
  waves: readonly string[][],
  index: number,
  memory: RolloutMemory,
  promotions: readonly ReleaseWrite[],
): WaveStep {
  const regions = waves[index + 1];
  if (!regions) {
    return {
      phase: { kind: "completed", unproven: memory.unproven },
      writes: promotions,
      memory,
      requeueAfterMs: null,
    };
  }
  const wave = index + 2;
  const next = input.fleet.regions.filter(
    ({ name }) => regions.includes(name) && input.releases.get(name)?.stable?.digest !== input.target.digest,
  );
  const opensAtMs = waveOpening(next, input.manifest.rollout.windows ?? [], input.nowMs);
  if (opensAtMs !== input.nowMs) {
    return { ...windowWait(next, wave, opensAtMs, input.nowMs), writes: promotions, memory };
  }
  const starts = next.map(({ name }) => startWrite(input, name, wave, memory));
  return {
    phase: { kind: "provisioning", wave, waitingFor: [], unreachable: [] },
    writes: [...promotions, ...starts],
    memory,
    requeueAfterMs: recheckMs,
  };
}

function refused(input: RolloutInput, id: string, reason: string, retryAtMs: number | null): RolloutDecision {
  const { nowMs } = input;
  const memory = { id, startedAtMs: nowMs, promisedByMs: nowMs, bakeStartedAtMs: {}, unproven: false };
  return {
    kind: "active",
    phase: { kind: "refused", reason, retryAtMs },
    memory,
    writes: [],
    regions: [],
    percent: 0,
    expectedByMs: nowMs,
    requeueAfterMs: retryAtMs === null ? null : Math.max(recheckMs, retryAtMs - nowMs),
  };
}

function completed(
  input: RolloutInput,
  waves: readonly string[][],
  writes: readonly ReleaseWrite[],
): RolloutDecision {
  const memory = input.memory;
  if (!memory) throw new Error("a completed rollout is always remembered");
  const phase: RolloutPhase = { kind: "completed", unproven: memory.unproven };
  const regions = waves.flatMap((wave, at) =>
    wave.map((region) => progressOf(input, region, at, waves.length, phase)),
  );
  return {
    kind: "active",
    phase,
    memory,
    writes,
    regions,
    percent: 100,
    expectedByMs: input.nowMs,
    requeueAfterMs: null,
  };
}
