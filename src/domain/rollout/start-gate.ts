import type { RegionManifest } from "#domain/manifest/fleet-manifest.ts";
import type { RolloutInput } from "./rollout-input.ts";
import type { RolloutPhase } from "./rollout-phase.ts";
import { waveOpening } from "./wave-opening.ts";

const alarmRecheckMs = 10_000;

export type StartGate =
  | { readonly kind: "open" }
  | { readonly kind: "closed"; readonly phase: RolloutPhase; readonly requeueAfterMs: number | null };

/** Whether a wave may start in these regions now: their windows are open together, and none is in trouble itself. */
export function startGate(input: RolloutInput, regions: readonly RegionManifest[], wave: number): StartGate {
  if (regions.length === 0) return { kind: "open" };
  const names = regions.map((region) => region.name);
  const alarms = input.alarms.filter((alarm) => names.includes(alarm.region));
  if (alarms.length > 0) {
    const reason = alarms.map((alarm) => alarm.reason).join("; ");
    const phase = { kind: "waitingForAlarm", wave, regions: names, reason } as const;
    return { kind: "closed", phase, requeueAfterMs: alarmRecheckMs };
  }
  const opensAtMs = waveOpening(regions, input.manifest.rollout.windows ?? [], input.nowMs);
  if (opensAtMs === input.nowMs) return { kind: "open" };
  const requeueAfterMs = opensAtMs === null ? null : Math.max(0, opensAtMs - input.nowMs);
  return {
    kind: "closed",
    phase: { kind: "waitingForWindow", wave, regions: names, opensAtMs },
    requeueAfterMs,
  };
}
