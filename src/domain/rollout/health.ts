import { countOf, quantileOf } from "#domain/canary/statistics/histograms.ts";
import { sketchHistogram } from "#domain/canary/sketch-histogram.ts";
import type { Digest, Sketch } from "#schemas/types.ts";
import type { NodeView } from "./attestation.ts";

/** What the nodes of one region measured of one revision. */
export interface HealthSample {
  readonly requests: number;
  readonly errors: number;
  /** The errors by what the gateway calls them, such as memory_exceeded; absent where nodes do not tell them apart. */
  readonly errorsByKind?: Readonly<Record<string, number>>;
  /** Mean of the nodes' 95th percentiles over about the last minute, by their requests, milliseconds; null without any. */
  readonly latencyP95Ms: number | null;
  /** Requests behind that percentile. */
  readonly latencyRequests: number;
  /** Median of the same percentile of the other scripts on these nodes at that time, milliseconds; null for too few to tell. */
  readonly othersP95Ms?: number | null;
  /** Nodes that refuse its requests because it harmed them. */
  readonly quarantinedOn: readonly string[];
}

/** A sample with what is not remembered. */
export interface DetailedSample extends HealthSample {
  /** Latencies of all nodes by how many minutes ago their minute was under way; null where nodes do not tell minutes apart. */
  readonly latencyByMinute: ReadonlyMap<number, readonly Sketch[]> | null;
}

export type Health =
  /** Nothing was measured, which is never good. */
  | { readonly kind: "noData" }
  | { readonly kind: "good" }
  /** Looks worse, but chance alone could look so. */
  | { readonly kind: "unclear"; readonly evidence: string }
  | { readonly kind: "failing"; readonly evidence: string };

/** Below this a revision is no baseline, requests. */
const baselineRequestsMin = 10;
/** Share of errors that a revision without a baseline may have. */
const absoluteErrorsMax = 0.05;
/** Half-widths in standard errors. Looked at every few seconds, so that chance must not reach it in hundreds of looks. */
const zFailing = 3;
const zUnclear = 2.5;
/** One error alone says nothing. */
const errorsMin = 2;
/** A revision is not found failing on fewer answers, requests. */
const candidateRequestsMin = 20;
/** A latency below this factor, or this difference in milliseconds, is never held against a revision. */
const latencyFactorMin = 1.5;
const latencyDifferenceMinMs = 25;
/** Spread of the logarithm of latencies that the bounds allow for: 1 is wider than most services have. */
const latencySigma = 1;

/** The sample of a digest over a region's nodes: of the last minutes, where they tell those apart. */
export function healthSample(
  nodes: readonly NodeView[],
  digest: Digest,
  othersP95Ms: number | null = null,
): DetailedSample {
  let [requests, errors, latencyRequests, weighted] = [0, 0, 0, 0];
  const quarantinedOn: string[] = [];
  const errorsByKind: Record<string, number> = {};
  const latencyByMinute = new Map<number, Sketch[]>();
  let areMinutesKnown = true;
  for (const node of nodes) {
    for (const instance of node.instances) {
      if (instance.digest !== digest) continue;
      const { recent, latencyP95Ms } = instance;
      const counts = recent ?? instance;
      requests += counts.requests;
      errors += counts.errors;
      for (const [kind, count] of Object.entries(recent?.errorsByKind ?? {}))
        errorsByKind[kind] = (errorsByKind[kind] ?? 0) + count;
      if (instance.isQuarantined) quarantinedOn.push(node.id);
      const minutes = recent?.minutes ?? [];
      // No more than the busiest minute's are behind a percentile of one minute.
      const weight = recent === null ? instance.requests : Math.max(0, ...minutes.map((one) => one.requests));
      if (latencyP95Ms === null || weight === 0) continue;
      latencyRequests += weight;
      weighted += weight * latencyP95Ms;
      areMinutesKnown &&= recent !== null;
      for (const { minutesAgo, latencyMs } of minutes)
        if (latencyMs)
          latencyByMinute.set(minutesAgo, [...(latencyByMinute.get(minutesAgo) ?? []), latencyMs]);
    }
  }
  return {
    requests,
    errors,
    errorsByKind,
    latencyP95Ms: latencyRequests === 0 ? null : weighted / latencyRequests,
    latencyRequests,
    othersP95Ms,
    latencyByMinute: areMinutesKnown && latencyByMinute.size > 0 ? latencyByMinute : null,
    quarantinedOn,
  };
}

/** What is kept of a sample to compare later ones with. */
export function rememberedSample({ latencyByMinute: _minutes, ...sample }: DetailedSample): HealthSample {
  return sample;
}

/**
 * A revision's health in a region against the region's own stable revision; against absolute bounds alone where that
 * has too little data, as for a first release.
 */
export function judgeHealth(candidate: DetailedSample, baseline: HealthSample | null): Health {
  const compared = baseline !== null && baseline.requests >= baselineRequestsMin ? baseline : null;
  const [offender] = candidate.quarantinedOn;
  if (offender !== undefined && (compared?.quarantinedOn.length ?? 0) === 0) {
    const most = mostFrequent(candidate);
    const errors = most === null ? "" : `; ${most.count} failed with ${most.kind}`;
    return {
      kind: "failing",
      evidence: `it harmed ${offender}, which refuses its requests for now${errors}`,
    };
  }
  if (candidate.requests === 0) return { kind: "noData" };
  const findings = [errorFinding(candidate, compared), latencyFinding(candidate, compared)];
  const worst =
    findings.find((finding) => finding.kind === "failing") ??
    findings.find((finding) => finding.kind === "unclear");
  if (worst?.kind === "failing" && candidate.requests < candidateRequestsMin)
    return { kind: "unclear", evidence: worst.evidence };
  return worst ?? { kind: "good" };
}

function errorFinding(candidate: HealthSample, baseline: HealthSample | null): Health {
  if (candidate.errors < errorsMin) return { kind: "good" };
  const most = mostFrequent(candidate);
  const count = most === null || most.count === candidate.errors ? "" : `, ${most.count}`;
  const kind = most === null ? "" : `${count} with ${most.kind}`;
  const own = `${candidate.errors} of ${candidate.requests} requests failed${kind}`;
  const evidence =
    baseline === null ? own : `${own}; of the stable revision's ${baseline.errors} of ${baseline.requests}`;
  const isAbove = (z: number): boolean => {
    const boundary =
      baseline === null ? absoluteErrorsMax : wilson(baseline.errors, baseline.requests, z).upper;
    return wilson(candidate.errors, candidate.requests, z).lower > boundary;
  };
  if (isAbove(zFailing)) return { kind: "failing", evidence };
  return isAbove(zUnclear) ? { kind: "unclear", evidence } : { kind: "good" };
}

/** The most frequent error, by the name that clients get. */
function mostFrequent({ errorsByKind = {} }: HealthSample): { kind: string; count: number } | null {
  const [most] = Object.entries(errorsByKind).sort(([, a], [, b]) => b - a);
  return most === undefined ? null : { kind: most[0], count: most[1] };
}

/**
 * Too slow is what is so beyond chance in the last minute, and whichever of the last minutes is left out, since a
 * machine that stalls once delays many answers together; and beyond what the other scripts there slowed down by
 * meanwhile, since a machine that is busy slows down all.
 */
function latencyFinding(candidate: DetailedSample, baseline: HealthSample | null): Health {
  const [own, stable] = [candidate.latencyP95Ms, baseline?.latencyP95Ms ?? null];
  if (own === null || stable === null || baseline === null) return { kind: "good" };
  const slowdown = othersSlowdown(candidate, baseline);
  const lastMinute = { p95Ms: own, requests: candidate.latencyRequests };
  const isAbove = ({ p95Ms, requests }: Percentile, z: number, expectedMs: number): boolean =>
    p95Ms - expectedMs >= latencyDifferenceMinMs &&
    p95Ms >=
      expectedMs * Math.max(latencyFactorMin, Math.exp(z * logError(requests, baseline.latencyRequests)));
  // One percentile is noisier than a share: wider bounds.
  if (!isAbove(lastMinute, 1.5 * zUnclear, stable)) return { kind: "good" };
  const numbers = `95% of requests within ${Math.round(own)} ms; with the stable revision ${Math.round(stable)} ms`;
  const others = slowdown > 1.05 ? `; meanwhile other scripts take ${slowdown.toFixed(1)} times as long` : "";
  const evidence = numbers + others;
  const isTooSlow = (percentile: Percentile) => isAbove(percentile, 1.5 * zFailing, slowdown * stable);
  const isFailing = isTooSlow(lastMinute) && (withoutEachMinute(candidate)?.every(isTooSlow) ?? true);
  return { kind: isFailing ? "failing" : "unclear", evidence };
}

interface Percentile {
  readonly p95Ms: number;
  /** Requests behind it. */
  readonly requests: number;
}

/** By what factor the other scripts got slower since the baseline was measured; 1 where that is not known. */
function othersSlowdown({ othersP95Ms: now }: HealthSample, { othersP95Ms: before }: HealthSample): number {
  return now && before ? Math.max(1, now / before) : 1;
}

/** Standard error of the logarithm of the ratio of two 95th percentiles. Source: the asymptotic variance of a sample quantile, for a log-normal distribution. */
function logError(requests: number, baselineRequests: number): number {
  const counts = 1 / Math.max(1, requests) + 1 / Math.max(1, baselineRequests);
  return (latencySigma * Math.sqrt(0.95 * 0.05 * counts)) / 0.1031;
}

/** The percentile of the last minutes without each one of them in turn; null where nodes do not tell them apart. */
function withoutEachMinute({ latencyByMinute }: DetailedSample): Percentile[] | null {
  if (latencyByMinute === null) return null;
  return [...latencyByMinute.keys()].map((left) => {
    const sketches = [...latencyByMinute].flatMap(([minutesAgo, own]) => (minutesAgo === left ? [] : own));
    const histogram = sketchHistogram(sketches);
    return { p95Ms: quantileOf(histogram, 0.95) ?? 0, requests: countOf(histogram) };
  });
}

/** Bounds of a share that was seen as `hits` of `count`. Source: E. B. Wilson, JASA 22 (1927), 209-212. */
function wilson(hits: number, count: number, z: number): { readonly lower: number; readonly upper: number } {
  if (count === 0) return { lower: 0, upper: 1 };
  const share = hits / count;
  const zz = (z * z) / count;
  const centre = share + zz / 2;
  const half = z * Math.sqrt((share * (1 - share)) / count + zz / (4 * count));
  return { lower: (centre - half) / (1 + zz), upper: (centre + half) / (1 + zz) };
}
