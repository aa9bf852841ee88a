import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { Run } from "#domain/canary/run.ts";
import { canaryLeftMs, canaryMsMax } from "./canary-time.ts";
import type { Missing } from "./collect-change.ts";
import type { Hold } from "#schemas/types.ts";
import { canaryFailureHold, failureHold, observe } from "./find-failure.ts";
import { type FirstWaveCanary, firstWaveCanary } from "./first-wave-canary.ts";
import { rolloutWaves } from "./plan-rollout.ts";
import { promisedPlan } from "./promised-plan.ts";
import { type RegionProgress, percentOf } from "./region-progress.ts";
import type { ReleaseWrite } from "./release-writes.ts";
import { type Retreat, retreat, withdrawStep } from "./retreat.ts";
import type { Revision, RolloutInput, RolloutMemory } from "./rollout-input.ts";
import type { RolloutPhase } from "./rollout-phase.ts";
import { expectedBy, progressOf } from "./rollout-progress.ts";
import { recheckMs } from "./wave-move.ts";
import { waveStep } from "./wave-step.ts";

/** What becomes of the version's hold file. */
export type HoldChange =
  | { readonly kind: "none" }
  | { readonly kind: "put"; readonly hold: Hold }
  /** It has done its duty. */
  | { readonly kind: "delete" };

export type RolloutDecision =
  /** Every region already serves the target. */
  | {
      readonly kind: "idle";
      readonly id: string;
      readonly writes: readonly ReleaseWrite[];
      readonly holdChange: HoldChange;
      readonly requeueAfterMs: number | null;
    }
  | {
      readonly kind: "active";
      readonly phase: RolloutPhase;
      readonly memory: RolloutMemory;
      readonly writes: readonly ReleaseWrite[];
      readonly holdChange: HoldChange;
      readonly regions: readonly RegionProgress[];
      readonly percent: number;
      readonly expectedByMs: number;
      readonly requeueAfterMs: number | null;
      /** The canary run that the first wave waits for; all others that rollouts of this version asked for end. */
      readonly canary: Run | null;
    };

/** A rollout's identity: the same merge always gives the same one. */
export function rolloutId(manifest: ScriptManifest, target: Revision): string {
  return `${manifest.name}@${manifest.version}-${target.commit.slice(0, 7)}`;
}

/**
 * What to write to the fleet repository now to bring the target to every region, wave by wave, or to take it back. Only
 * compares: the same input gives the same decision whenever and however often it is asked, and after any crash.
 */
export function decideRollout(input: RolloutInput): RolloutDecision {
  const { manifest, target, hold } = input;
  const id = rolloutId(manifest, target);
  if (!hold || hold.mode === "pause") return goForward(input, id, { kind: "none" });
  const back = retreat(input, hold, memoryOf(input, id));
  if (hold.revision?.digest === target.digest) return goBack(input, id, hold, back, { kind: "none" });
  if (back.regions.length === 0) return goForward({ ...input, hold: null }, id, { kind: "delete" });
  // A newer merge waits until the one that was taken back is gone.
  const memory = memoryOf(input, id);
  const phase: RolloutPhase = {
    kind: "withdrawing",
    wave: 1,
    regions: back.regions,
    waitingFor: back.waitingFor,
  };
  return active(
    input,
    0,
    { phase, writes: back.writes, memory, requeueAfterMs: recheckMs },
    { kind: "none" },
  );
}

/**
 * What is done while the merges that a change to several scripts consists of are not all there: what is on its way goes
 * back, so that nothing stays half-way for as long as that takes, and what is held back is taken back as always.
 */
export function collectingDecision(
  input: RolloutInput,
  { change, missing, untilMs }: Missing,
): RolloutDecision {
  if (input.hold && input.hold.mode !== "pause") {
    const held = decideRollout(input);
    if (held.kind === "active" && isGoingBack(held.phase)) return held;
  }
  const memory = memoryOf(input, rolloutId(input.manifest, input.target));
  const phase: RolloutPhase = { kind: "collecting", change, missing, untilMs };
  const steps = [...input.releases.keys()].map((region) => withdrawStep(input, region));
  const writes = steps.flatMap((step) => (step.kind === "write" ? [step.write] : []));
  const waitsMs = untilMs > input.nowMs ? untilMs - input.nowMs : null;
  const requeueAfterMs = steps.every((step) => step.kind === "back") ? waitsMs : recheckMs;
  // A person who stopped it stopped this as well.
  const kept = input.hold?.mode === "pause" ? [] : writes;
  return active(input, 0, { phase, writes: kept, memory, requeueAfterMs }, { kind: "none" });
}

function isGoingBack({ kind }: RolloutPhase): boolean {
  return kind === "withdrawing" || kind === "rollingBack" || kind === "rolledBack" || kind === "aborted";
}

interface Move {
  readonly canary?: Run | null;
  readonly phase: RolloutPhase;
  readonly writes: readonly ReleaseWrite[];
  readonly memory: RolloutMemory;
  readonly requeueAfterMs: number | null;
}

function goForward(input: RolloutInput, id: string, holdChange: HoldChange): RolloutDecision {
  const { manifest, fleet, target, releases } = input;
  const waves = rolloutWaves(manifest.rollout, fleet);
  const isStable = (region: string) => releases.get(region)?.stable?.digest === target.digest;
  const index = waves.findIndex(
    (wave) => !wave.every((region) => isStable(region) && !releases.get(region)?.next),
  );
  if (index === -1 || waves.every((wave) => wave.every(isStable))) {
    const steps = [...releases.keys()].map((region) => withdrawStep(input, region));
    const writes = steps.flatMap((step) => (step.kind === "write" ? [step.write] : []));
    const requeueAfterMs = steps.every((step) => step.kind === "back") ? null : recheckMs;
    const memory = input.memory?.id === id ? input.memory : null;
    if (!memory) return { kind: "idle", id, writes, holdChange, requeueAfterMs };
    const phase: RolloutPhase = { kind: "completed", unproven: memory.unproven };
    return active(input, waves.length, { phase, writes, memory, requeueAfterMs }, holdChange);
  }
  const canary = canaryFor(input, id, waves, index);
  const promise = promiseOf(input, id, canary);
  if (promise.kind === "refused") return refused(input, id, promise.reason, promise.retryAtMs, holdChange);
  const memory = withProof(observe(input, promise.memory), canary);
  const failure = failureHold(input, memory) ?? canaryFailureHold(input, canary);
  if (failure) {
    const back = retreat({ ...input, hold: failure }, failure, memory);
    return goBack({ ...input, memory }, id, failure, back, { kind: "put", hold: failure });
  }
  const step = waveStep(input, waves, index, memory, canary);
  const leftMs = canary.kind === "wanted" ? canaryLeftMs(canary.run, input.nowMs) : 0;
  return active(input, index, { ...step, memory: { ...memory, ...step.memory } }, holdChange, leftMs);
}

function canaryFor(
  input: RolloutInput,
  id: string,
  waves: readonly string[][],
  index: number,
): FirstWaveCanary {
  if (index > 0) return { kind: "notAsked" };
  return firstWaveCanary(input, waves[0] ?? [], memoryOf(input, id).startedAtMs);
}

/** Until its canary has passed, a revision that was to be tried is unproven: a person may send it ahead meanwhile. */
function withProof(memory: RolloutMemory, { kind }: FirstWaveCanary): RolloutMemory {
  return kind === "notAsked" ? memory : { ...memory, unproven: kind !== "passed" };
}

/** The target itself is held back. */
function goBack(
  input: RolloutInput,
  id: string,
  hold: Hold,
  back: Retreat,
  holdChange: HoldChange,
): RolloutDecision {
  const memory = memoryOf(input, id);
  const { reason, by } = hold;
  const to = hold.mode === "rollback" ? (hold.to?.commit ?? null) : null;
  if (back.regions.length > 0 || holdChange.kind === "put") {
    const { regions, waitingFor } = back;
    const phase: RolloutPhase = { kind: "rollingBack", reason, by, to, regions, waitingFor };
    return active(input, 0, { phase, writes: back.writes, memory, requeueAfterMs: recheckMs }, holdChange);
  }
  const phase: RolloutPhase =
    hold.mode === "rollback" ? { kind: "rolledBack", reason, by, to } : { kind: "aborted", reason, by };
  return active(input, 0, { phase, writes: [], memory, requeueAfterMs: null }, holdChange);
}

function active(
  input: RolloutInput,
  index: number,
  { canary = null, ...move }: Move,
  holdChange: HoldChange,
  canaryMs = 0,
): RolloutDecision {
  const waves = rolloutWaves(input.manifest.rollout, input.fleet);
  const regions = waves.flatMap((wave, at) =>
    wave.map((region) => progressOf(input, region, at, index, move.phase)),
  );
  const isDone = move.phase.kind === "completed";
  return {
    kind: "active",
    ...move,
    canary,
    holdChange,
    regions,
    percent: isDone ? 100 : percentOf(regions),
    expectedByMs: isDone ? input.nowMs : expectedBy(input, waves, index, { ...move, canaryMs }),
  };
}

type RolloutPromise =
  | { readonly kind: "made"; readonly memory: RolloutMemory }
  | { readonly kind: "refused"; readonly reason: string; readonly retryAtMs: number | null };

/** The promise is made once: it is taken from the fleet repository's mark, else from memory, else planned from now. */
function promiseOf(input: RolloutInput, id: string, canary: FirstWaveCanary): RolloutPromise {
  const memory = memoryOf(input, id);
  for (const { rollout, next } of input.releases.values()) {
    if (rollout?.id !== id || next?.digest !== input.target.digest) continue;
    const times = {
      startedAtMs: Date.parse(rollout.startedAt),
      promisedByMs: Date.parse(rollout.promisedBy),
    };
    return { kind: "made", memory: { ...memory, ...times } };
  }
  if (input.memory?.id === id && isPromised(memory)) return { kind: "made", memory };
  const canaryMs = canary.kind === "wanted" ? canaryMsMax(input.manifest) : 0;
  const planned = promisedPlan({ ...input, canaryMs });
  if (!planned.ok) return { kind: "refused", reason: planned.reason, retryAtMs: planned.earliestMs ?? null };
  const times = { startedAtMs: input.nowMs, promisedByMs: planned.plan.completesByMs };
  return { kind: "made", memory: { ...memory, ...times } };
}

/** What was refused, or waited for its companions or for another to be gone, was remembered without a promise. */
function isPromised({ startedAtMs, promisedByMs }: RolloutMemory): boolean {
  return promisedByMs > startedAtMs;
}

/** What is remembered of the rollout, or the beginning of it. */
function memoryOf(input: RolloutInput, id: string): RolloutMemory {
  if (input.memory?.id === id) return input.memory;
  const { nowMs } = input;
  const times = { startedAtMs: nowMs, promisedByMs: nowMs, bakeStartedAtMs: {}, waveStartedAtMs: {} };
  return { id, ...times, unproven: false, baselines: {}, lateSinceMs: {}, previous: null };
}

function refused(
  input: RolloutInput,
  id: string,
  reason: string,
  retryAtMs: number | null,
  holdChange: HoldChange,
): RolloutDecision {
  const { nowMs } = input;
  return {
    kind: "active",
    phase: { kind: "refused", reason, retryAtMs },
    memory: memoryOf(input, id),
    writes: [],
    holdChange,
    regions: [],
    percent: 0,
    expectedByMs: nowMs,
    canary: null,
    requeueAfterMs: retryAtMs === null ? null : Math.max(recheckMs, retryAtMs - nowMs),
  };
}
