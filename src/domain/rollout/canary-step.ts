import { courseOf } from "#domain/canary/run.ts";
import type { FirstWaveCanary } from "./first-wave-canary.ts";
import type { RolloutInput } from "./rollout-input.ts";
import { startGate } from "./start-gate.ts";
import { type WaveMove, recheckMs, still, stoppedRecheckMs } from "./wave-move.ts";

/** What the first wave does while its canary is not over; null when it may begin. Tried in its own windows, as the wave. */
export function canaryStep(
  input: RolloutInput,
  firstWave: readonly string[],
  canary: FirstWaveCanary,
): WaveMove | null {
  if (canary.kind === "undecided") {
    const { run, reason } = canary;
    const verdict = run.phase.kind === "ended" ? run.phase.verdict : null;
    const requests = verdict !== null && "missing" in verdict ? verdict.missing.requestsHave : 0;
    const { minRequests } = run.policy;
    const held = { wave: 1, untriedIn: firstWave, requests, minRequests, reason };
    return still({ kind: "held", ...held }, stoppedRecheckMs);
  }
  if (canary.kind !== "wanted") return null;
  const { run } = canary;
  const course = courseOf(run.phase);
  if (course === null) {
    const gate = startGate(
      input,
      input.fleet.regions.filter(({ name }) => firstWave.includes(name)),
      1,
    );
    if (gate.kind === "closed") return still(gate.phase, gate.requeueAfterMs);
  }
  const untilMs = course?.expiresAtMs ?? null;
  const phase = { kind: "canarying", wave: 1, regions: firstWave, run: run.id, untilMs } as const;
  return { ...still(phase, recheckMs), canary: run };
}
