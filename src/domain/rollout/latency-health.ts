import { countAbove, countOf, quantileOf } from "#domain/canary/statistics/histograms.ts";
import { sketchHistogram } from "#domain/canary/sketch-histogram.ts";
import type { Sketch } from "#schemas/types.ts";
import type { DetailedSample, Health, HealthSample } from "./health.ts";
import { shareBounds, zFailing, zUnclear } from "./share-bounds.ts";

/** A latency below this factor, or this difference in milliseconds, is never held against a revision. */
const factorMin = 1.5;
const differenceMinMs = 25;
/** Spread of the logarithm of latencies that the bounds of a percentile allow for, where only that is known. */
const logSpread = 1;

/** What a stable revision's latencies are remembered by. */
export interface LatencyTail {
  readonly p95Ms: number;
  /** What a later revision's answers are counted against, milliseconds. */
  readonly limitMs: number;
  readonly requests: number;
  /** Of these, answered later than the limit. */
  readonly beyond: number;
}

type Minutes = ReadonlyMap<number, readonly Sketch[]>;

/** The tail of some minutes together; null for none. */
export function latencyTail(minutes: Minutes | null): LatencyTail | null {
  const histogram = sketchHistogram([...(minutes ?? new Map<number, Sketch[]>()).values()].flat());
  const p95Ms = quantileOf(histogram, 0.95);
  if (p95Ms === null) return null;
  const limitMs = Math.max(factorMin * p95Ms, p95Ms + differenceMinMs);
  return { p95Ms, limitMs, requests: countOf(histogram), beyond: countAbove(histogram, limitMs) };
}

/**
 * Whether a revision answers more slowly than the stable one did. Answers beyond a limit that the stable revision set
 * are counted like errors, which assumes nothing of how latencies spread. Too slow is what is so now, beyond what the
 * other scripts there slowed down by meanwhile, since a busy machine slows down all; and whichever of the last minutes
 * is left out, since a machine that stalls once delays many answers together.
 */
export function latencyFinding(candidate: DetailedSample, baseline: HealthSample | null): Health {
  const { latencyP95Ms: own, latencyByMinute: minutes } = candidate;
  if (own === null || baseline === null) return { kind: "good" };
  const tail = baseline.latencyTail ?? null;
  if (tail === null || minutes === null) return percentileFinding(candidate, baseline);
  const slowdown = othersSlowdown(candidate, baseline);
  const isBeyond = (left: number | null, z: number, limitMs: number): boolean => {
    const histogram = sketchHistogram(
      [...minutes].flatMap(([minutesAgo, sketches]) => (minutesAgo === left ? [] : sketches)),
    );
    const { lower } = shareBounds(countAbove(histogram, limitMs), countOf(histogram), z);
    return lower > shareBounds(tail.beyond, tail.requests, z).upper;
  };
  if (!isBeyond(null, zUnclear, tail.limitMs)) return { kind: "good" };
  const limitMs = slowdown * tail.limitMs;
  const isFailing =
    own > limitMs && [...minutes.keys()].every((minutesAgo) => isBeyond(minutesAgo, zFailing, limitMs));
  return { kind: isFailing ? "failing" : "unclear", evidence: evidenceOf(own, tail.p95Ms, slowdown) };
}

/** The same where only a percentile is known. Source: the asymptotic variance of a sample quantile, for a log-normal distribution. */
function percentileFinding(candidate: DetailedSample, baseline: HealthSample): Health {
  const { latencyP95Ms: own, latencyRequests: requests } = candidate;
  const { latencyP95Ms: stable, latencyRequests: stableRequests } = baseline;
  if (own === null || stable === null) return { kind: "good" };
  const counts = 1 / Math.max(1, requests) + 1 / Math.max(1, stableRequests);
  const standardError = (logSpread * Math.sqrt(0.95 * 0.05 * counts)) / 0.1031;
  const slowdown = othersSlowdown(candidate, baseline);
  const isAbove = (z: number, expectedMs: number): boolean =>
    own - expectedMs >= differenceMinMs &&
    own >= expectedMs * Math.max(factorMin, Math.exp(z * standardError));
  // One percentile is noisier than a share: wider bounds.
  if (!isAbove(1.5 * zUnclear, stable)) return { kind: "good" };
  const isFailing = isAbove(1.5 * zFailing, slowdown * stable);
  return { kind: isFailing ? "failing" : "unclear", evidence: evidenceOf(own, stable, slowdown) };
}

/** By what factor the other scripts got slower since the baseline was measured; 1 where that is not known. */
function othersSlowdown({ othersP95Ms: now }: HealthSample, { othersP95Ms: before }: HealthSample): number {
  return now && before ? Math.max(1, now / before) : 1;
}

function evidenceOf(ownMs: number, stableMs: number, slowdown: number): string {
  const numbers = `95% of requests within ${Math.round(ownMs)} ms; with the stable revision ${Math.round(stableMs)} ms`;
  return slowdown > 1.05
    ? `${numbers}; meanwhile other scripts take ${slowdown.toFixed(1)} times as long`
    : numbers;
}
