import { planRollout } from "./plan-rollout.ts";

import type { RegionProgress } from "./region-progress.ts";
import type { RolloutInput, RolloutMemory } from "./rollout-input.ts";
import { waveLength } from "./wave-duration.ts";
import type { RolloutPhase } from "./rollout-phase.ts";

/** How far a region is. `at` is its wave and `index` the wave under way, both from 0. */
export function progressOf(
  input: RolloutInput,
  name: string,
  at: number,
  index: number,
  phase: RolloutPhase,
): RegionProgress {
  const { target, releases, nowMs } = input;
  const nodes = input.nodes.filter((node) => node.region === name);
  const serving = nodes.filter((node) =>
    node.instances.some((instance) => instance.digest === target.digest && instance.state === "serving"),
  ).length;
  const base = { region: name, wave: at + 1, nodesAttested: serving, nodesTotal: nodes.length };
  const release = releases.get(name);
  const sinceMs = release?.rollout ? Date.parse(release.rollout.waveStartedAt) : null;
  if (phase.kind === "rollingBack" && phase.regions.includes(name))
    return { ...base, state: "rollingBack", sinceMs, fraction: 0, note: phase.reason };
  const isDone = release?.stable?.digest === target.digest || phase.kind === "completed";
  if (isDone) return { ...base, state: "done", sinceMs, fraction: 1, note: null };
  if (phase.kind === "rollingBack" || phase.kind === "rolledBack" || phase.kind === "aborted")
    return { ...base, state: "withdrawn", sinceMs: null, fraction: 0, note: null };
  if (at !== index || release?.next?.digest !== target.digest)
    return { ...base, state: "waiting", sinceMs: null, fraction: 0, note: waitingNote(phase, name) };
  const attested = nodes.length === 0 ? 0 : serving / nodes.length;
  if (phase.kind === "baking") {
    const baked = (nowMs - phase.sinceMs) / Math.max(1, phase.untilMs - phase.sinceMs);
    return {
      ...base,
      state: "baking",
      sinceMs: phase.sinceMs,
      fraction: 0.5 + Math.min(1, baked) / 2,
      note: null,
    };
  }
  if (phase.kind === "held") {
    return { ...base, state: "baking", sinceMs, fraction: 0.9, note: phase.reason };
  }
  return { ...base, state: "provisioning", sinceMs, fraction: attested / 2, note: null };
}

function waitingNote(phase: RolloutPhase, region: string): string | null {
  if (phase.kind === "canarying" && phase.regions.includes(region)) {
    const { untilMs } = phase;
    return untilMs === null ? "its canary waits" : `its canary runs until ${new Date(untilMs).toISOString()}`;
  }
  const opensAt =
    phase.kind === "waitingForWindow" && phase.regions.includes(region) ? phase.opensAtMs : null;
  return opensAt === null ? null : `its window opens at ${new Date(opensAt).toISOString()}`;
}

/** What is known of a rollout at its next move. */
interface Standing {
  readonly memory: RolloutMemory;
  readonly phase: RolloutPhase;
  /** What the first wave's canary will still take, milliseconds. */
  readonly canaryMs: number;
}

/** When it will be done if nothing goes wrong: what is left of the current wave, then the others around their windows. */
export function expectedBy(
  input: RolloutInput,
  waves: readonly string[][],
  index: number,
  { memory, phase, canaryMs }: Standing,
): number {
  const { nowMs, pace, manifest } = input;
  const nodes = nodesPerRegion(input.nodes);
  const wave = index + 1;
  const startedMs = memory.waveStartedAtMs[wave] ?? (isUnderWay(phase, wave) ? nowMs : undefined);
  const bakingMs = memory.bakeStartedAtMs[wave];
  const frozenUntilMs = phase.kind === "frozen" ? (phase.untilMs ?? nowMs) : nowMs;
  const { shiftMs, bakeMs } = waveLength(manifest.rollout, waves[index] ?? [], nodes, pace, "expected");
  if (bakingMs === undefined && startedMs === undefined)
    return plannedEnd(input, waves.slice(index), Math.max(nowMs, frozenUntilMs), memory, canaryMs);
  const shiftedMs = bakingMs ?? Math.max(nowMs, (startedMs ?? nowMs) + shiftMs);
  const endMs = Math.max(nowMs, frozenUntilMs, shiftedMs + bakeMs);
  return plannedEnd(input, waves.slice(index + 1), endMs, memory, 0);
}

/** The decision that starts a wave says so before its mark is in git. */
function isUnderWay(phase: RolloutPhase, wave: number): boolean {
  return phase.kind === "provisioning" && phase.wave === wave;
}

function plannedEnd(
  input: RolloutInput,
  waves: readonly string[][],
  fromMs: number,
  memory: RolloutMemory,
  canaryMs: number,
): number {
  if (waves.length === 0) return fromMs;
  const rollout = { ...input.manifest.rollout, strategy: "staged" as const, waves, completeWithinMs: null };
  const planned = planRollout({
    manifest: { rollout },
    fleet: input.fleet,
    startMs: fromMs,
    nodesPerRegion: nodesPerRegion(input.nodes),
    pace: input.pace,
    care: "expected",
    canaryMs,
  });
  return planned.ok ? planned.plan.completesByMs : Math.max(fromMs, memory.promisedByMs);
}

/** Known nodes by region. */
export function nodesPerRegion(nodes: readonly { readonly region: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const node of nodes) counts[node.region] = (counts[node.region] ?? 0) + 1;
  return counts;
}
