import { canaryWindowSeconds } from "../canary/canary-window.ts";
import type { Experiment } from "#schemas/types.ts";

/** How long one without an end runs. */
const durationMsDefault = 28 * 86_400_000;
/** What was observed is kept and judged in at most so many periods. */
const periodsMax = 720;

export interface ExperimentTiming {
  readonly endsAtMs: number;
  /** In which nodes count. */
  readonly windowMs: number;
  /** In which it is judged: whole windows. */
  readonly periodMs: number;
}

/** When an experiment that begins now ends, and how finely it is looked at. */
export function experimentTiming({ endsAt }: Pick<Experiment, "endsAt">, nowMs: number): ExperimentTiming {
  const endsAtMs = endsAt === undefined ? nowMs + durationMsDefault : Date.parse(endsAt);
  const durationMs = Math.max(1, endsAtMs - nowMs);
  const windowMs = canaryWindowSeconds(durationMs) * 1000;
  const periodMs = Math.ceil(durationMs / periodsMax / windowMs) * windowMs;
  return { endsAtMs, windowMs, periodMs };
}
