import { assertNever } from "#domain/assert-never.ts";
import { DistributionEvidence } from "#domain/canary/evidence/distribution-evidence.ts";
import { OddsEvidence } from "#domain/canary/evidence/odds-evidence.ts";
import { EVENT_GRID } from "#domain/canary/judge-events.ts";
import type { MetricPolicy } from "#domain/canary/judge-policy.ts";
import { judgeRun } from "#domain/canary/judge-run.ts";
import type { MetricObservation } from "#domain/canary/observations.ts";
import { quantileOf } from "#domain/canary/statistics/histograms.ts";
import {
  events,
  lognormal,
  metric,
  MINUTE_MS,
  minutes,
  policyOf,
  START_MS,
} from "../../domain/canary/canary-stream.ts";
import type { RandomStream } from "../../domain/canary/random-stream.ts";
import { METRICS, POINTS, type GaugeSeries } from "./gauge-runs.ts";

/** Requests a minute and the share of them that is marked, on each side. */
export interface EventRates {
  readonly canary: { readonly requests: number; readonly share: number };
  readonly baseline: { readonly requests: number; readonly share: number };
}

/** Lognormal latencies of 100 requests a minute on each side; `factor` is the canary's median over the baseline's. */
export interface LatencyShift {
  readonly sigma: number;
  readonly factor: number;
}

const REQUESTS = 100;
const MEDIAN_MS = 20;
const LN_THRESHOLD = Math.log(METRICS / 0.05);
const P95 = 0.95;

/** One run's minutes, made as they are asked for, so that a run that ends early costs less. */
export type MinuteSource = () => MetricObservation;

export function eventMinutes(random: RandomStream, { canary, baseline }: EventRates): MinuteSource {
  const count = ({ requests, share }: EventRates["canary"]) => ({
    events: random.binomial(requests, share),
    of: requests,
  });
  return () => ({ kind: "events", sides: { canary: count(canary), baseline: count(baseline) } });
}

export function latencyMinutes(random: RandomStream, { sigma, factor }: LatencyShift): MinuteSource {
  return () => ({
    kind: "distribution",
    sides: {
      canary: lognormal(random, REQUESTS, MEDIAN_MS * factor, sigma),
      baseline: lognormal(random, REQUESTS, MEDIAN_MS, sigma),
    },
  });
}

/** A run until it fails: all minutes that were seen, and the one in which it failed, from 1; null when it did not. */
export interface RequestRun {
  readonly seen: readonly MetricObservation[];
  readonly failedAt: number | null;
}

/** Looks every minute, with this metric's eighth of alpha, by the judge's own evidence. */
export function runByShowrunner(next: MinuteSource): RequestRun {
  const odds = new OddsEvidence(EVENT_GRID, 1);
  const distribution = new DistributionEvidence(1);
  const seen: MetricObservation[] = [];
  for (let minute = 1; minute <= POINTS; minute += 1) {
    const observation = next();
    seen.push(observation);
    if (observation.kind === "gauge") throw new Error("gauges have looks of their own");
    if (observation.kind === "events") {
      const { canary, baseline } = observation.sides;
      odds.add({
        all: canary.of + baseline.of,
        ofCanary: canary.of,
        marked: canary.events + baseline.events,
        markedOfCanary: canary.events,
      });
    } else {
      distribution.add(observation.sides);
    }
    const { lnE } = observation.kind === "events" ? odds : distribution;
    if (lnE >= LN_THRESHOLD) return { seen, failedAt: minute };
  }
  return { seen, failedAt: null };
}

/** Whether the judge itself, asked for a verdict, fails the run in that minute and not in the one before. */
export function isJudgedAlike({ seen, failedAt }: RequestRun): boolean {
  const [first] = seen;
  if (first === undefined) return false;
  const kind: MetricPolicy["kind"] = first.kind === "events" ? "events" : "distribution";
  const others = Array.from({ length: METRICS - 1 }, (_, at) => metric(`other-${at}`, "gauge"));
  const policy = policyOf([metric("judged", kind), ...others], { endsAtMs: START_MS + POINTS * MINUTE_MS });
  const isFailedBy = (count: number): boolean => {
    const periods = minutes(count, (minute) => ({ judged: seen[minute] ?? events(0, 0, 0) }));
    const judged = judgeRun({ policy, periods, nowMs: START_MS + count * MINUTE_MS });
    return judged.metrics.some(({ verdict }) => verdict === "fail");
  };
  if (failedAt === null) return !isFailedBy(seen.length);
  return isFailedBy(failedAt) && !isFailedBy(failedAt - 1);
}

/** The same as one value a minute on each side, as Kayenta gets it: shares of events, 95th percentiles. */
export function asSeries(seen: readonly MetricObservation[]): Pick<GaugeSeries, "canary" | "baseline"> {
  return {
    canary: seen.map((observation) => valueOf(observation, "canary")),
    baseline: seen.map((observation) => valueOf(observation, "baseline")),
  };
}

function valueOf({ kind, sides }: MetricObservation, side: "canary" | "baseline"): number {
  switch (kind) {
    case "events":
      return sides[side].events / sides[side].of;
    case "distribution":
      return quantileOf(sides[side], P95) ?? Number.NaN;
    case "gauge":
      return sides[side] ?? Number.NaN;
    default:
      return assertNever(kind);
  }
}
