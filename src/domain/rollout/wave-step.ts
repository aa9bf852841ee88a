import { assertNever } from "#domain/assert-never.ts";
import type { RegionManifest } from "#domain/manifest/fleet-manifest.ts";
import type { Release } from "#schemas/types.ts";
import { attestation } from "./attestation.ts";
import { nextBatchPct } from "./batches.ts";
import { bakeStep } from "./bake-step.ts";
import { canaryStep } from "./canary-step.ts";
import type { FirstWaveCanary } from "./first-wave-canary.ts";
import { startGate } from "./start-gate.ts";
import { startWrite, withShare } from "./release-writes.ts";
import { isWithinOneBatch, withdrawStep } from "./retreat.ts";
import type { RolloutInput, RolloutMemory } from "./rollout-input.ts";
import type { RolloutPhase } from "./rollout-phase.ts";
import { stopIn } from "./stops.ts";
import { type WaveMove, frozen, recheckMs, still, stoppedRecheckMs } from "./wave-move.ts";

/** The first node of a wave answers this many requests, or serves for this share of the shortest bake, before others follow. */
const oneBoxRequests = 20;
const oneBoxBakeShare = 0.25;

type RegionStep =
  | { readonly kind: "done" | "attested"; readonly region: string }
  | { readonly kind: "start"; readonly region: RegionManifest }
  | {
      readonly kind: "nextBatch";
      readonly release: Release;
      readonly region: string;
      readonly nodesPct: number;
    }
  | {
      readonly kind: "waiting";
      readonly waitingFor: readonly string[];
      readonly unreachable: readonly string[];
    };

/** The next move of the wave `index` (from 0), the first that is not done. */
export function waveStep(
  input: RolloutInput,
  waves: readonly string[][],
  index: number,
  memory: RolloutMemory,
  canary: FirstWaveCanary,
): WaveMove {
  const wave = index + 1;
  const regions = waves[index] ?? [];
  if (input.hold?.mode === "pause") {
    const { reason, by } = input.hold;
    return still({ kind: "paused", wave, reason, by }, stoppedRecheckMs);
  }
  if (input.stall) return still(input.stall, recheckMs);
  const isTried = canary.kind === "wanted" || canary.kind === "undecided";
  const withdrawing = withdrawOthers(input, isTried ? [] : regions, wave);
  if (withdrawing) return withdrawing;
  const stop = stopIn(input.stops, regions);
  if (stop) return frozen(stop, wave, input.nowMs);
  const trying = canaryStep(input, regions, canary);
  if (trying) return trying;

  const steps = regions.map((region) => regionStep(input, region));
  if (steps.every((step) => step.kind === "done" || step.kind === "attested"))
    return bakeStep(input, waves, index, memory);
  const starts = steps.filter((step) => step.kind === "start").map((step) => step.region);
  const gate = startGate(input, starts, wave);
  const batches = steps
    .filter((step) => step.kind === "nextBatch")
    .map(({ region, release, nodesPct }) => ({ region, release: withShare(release, nodesPct) }));
  const begun = gate.kind === "open" ? starts.map(({ name }) => startWrite(input, name, wave, memory)) : [];
  const waiting = steps.filter((step) => step.kind === "waiting");
  if (gate.kind === "closed" && batches.length === 0 && waiting.length === 0)
    return still(gate.phase, gate.requeueAfterMs);
  const waitingFor = waiting.flatMap((step) => step.waitingFor);
  const unreachable = waiting.flatMap((step) => step.unreachable);
  return {
    phase: movingPhase(input, regions, wave, waitingFor, unreachable),
    writes: [...begun, ...batches],
    memory: {},
    requeueAfterMs: recheckMs,
  };
}

/**
 * Takes back what another rollout was trying. In `replaced` regions where that has no more than one batch of nodes, the
 * target simply takes its place; a rollout never starts beside another.
 */
function withdrawOthers(input: RolloutInput, replaced: readonly string[], wave: number): WaveMove | null {
  const isLeaving = (region: string) => input.leaving?.has(region) === true;
  const others = [...input.releases]
    .filter(([region, { next }]) => next && (next.digest !== input.target.digest || isLeaving(region)))
    .map(([region]) => region);
  const inTheWay = others.filter(
    (region) => isLeaving(region) || !replaced.includes(region) || !isWithinOneBatch(input, region),
  );
  if (inTheWay.length === 0) return null;
  const steps = inTheWay.map((region) => withdrawStep(input, region));
  return {
    phase: {
      kind: "withdrawing",
      wave,
      regions: inTheWay,
      waitingFor: steps.flatMap((step) => (step.kind === "waiting" ? step.waitingFor : [])),
    },
    writes: steps.flatMap((step) => (step.kind === "write" ? [step.write] : [])),
    memory: {},
    requeueAfterMs: recheckMs,
  };
}

function movingPhase(
  input: RolloutInput,
  regions: readonly string[],
  wave: number,
  waitingFor: readonly string[],
  unreachable: readonly string[],
): RolloutPhase {
  const nodes = input.nodes.filter((node) => regions.includes(node.region));
  const isIn = (state: "serving" | "warming") => (node: (typeof nodes)[number]) =>
    node.instances.some((instance) => instance.digest === input.target.digest && instance.state === state);
  const attested = nodes.filter(isIn("serving")).length;
  if (attested > 0) return { kind: "shifting", wave, attested, total: nodes.length, waitingFor, unreachable };
  const isWarming = nodes.some((node) => waitingFor.includes(node.id) && isIn("warming")(node));
  return { kind: isWarming ? "warming" : "provisioning", wave, waitingFor, unreachable };
}

function regionStep(input: RolloutInput, name: string): RegionStep {
  const { target, nowMs } = input;
  const release = input.releases.get(name);
  const region = input.fleet.regions.find((candidate) => candidate.name === name);
  if (!region) throw new Error(`rolloutWaves named a region outside the fleet: ${name}`);
  if (!release?.next)
    return release?.stable?.digest === target.digest
      ? { kind: "done", region: name }
      : { kind: "start", region };
  if (release.next.digest !== target.digest) return { kind: "start", region };
  const nodes = input.nodes.filter((node) => node.region === name);
  const { nodesPct } = release.next;
  const sinceMs = release.rollout ? Date.parse(release.rollout.waveStartedAt) : nowMs;
  const result = attestation({ region, nodes, digest: target.digest, nodesPct, sinceMs, nowMs });
  switch (result.kind) {
    case "failed":
      // A hold takes the revision back in the same decision; until it is in git nothing else happens.
      return { kind: "waiting", waitingFor: [result.node], unreachable: [] };
    case "waiting":
      return { kind: "waiting", waitingFor: result.waitingFor, unreachable: result.unreachable };
    case "reached": {
      if (nodesPct >= 100) return { kind: "attested", region: name };
      if (!isSeenInOneBox(input, name, sinceMs)) return { kind: "waiting", waitingFor: [], unreachable: [] };
      const slots = nodes.map((node) => node.slot);
      return { kind: "nextBatch", region: name, release, nodesPct: nextBatchPct(slots, nodesPct) };
    }
    default:
      return assertNever(result);
  }
}

/** Whether the first node has shown enough for others to follow. */
function isSeenInOneBox(input: RolloutInput, region: string, sinceMs: number): boolean {
  const { bake } = input.manifest.rollout;
  if (input.nowMs - sinceMs >= bake.minMs * oneBoxBakeShare) return true;
  const requests = input.nodes
    .filter((node) => node.region === region)
    .flatMap((node) => node.instances)
    .filter((instance) => instance.digest === input.target.digest && instance.state === "serving")
    .reduce((sum, instance) => sum + instance.requests, 0);
  return requests >= Math.min(oneBoxRequests, bake.minRequests);
}
