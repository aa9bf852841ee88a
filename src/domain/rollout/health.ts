import type { Digest, Sketch } from "#schemas/types.ts";
import type { NodeView } from "./attestation.ts";
import { type LatencyTail, latencyFinding, latencyTail } from "./latency-health.ts";
import { shareBounds, zFailing, zUnclear } from "./share-bounds.ts";

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
  /** Of the last minutes together; null where nodes do not tell them apart. */
  readonly latencyTail?: LatencyTail | null;
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
/** One error alone says nothing. */
const errorsMin = 2;
/** A revision is not found failing on fewer answers, requests. */
const candidateRequestsMin = 20;

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
export function rememberedSample({ latencyByMinute, ...sample }: DetailedSample): HealthSample {
  return { ...sample, latencyTail: latencyTail(latencyByMinute) };
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
      baseline === null ? absoluteErrorsMax : shareBounds(baseline.errors, baseline.requests, z).upper;
    return shareBounds(candidate.errors, candidate.requests, z).lower > boundary;
  };
  if (isAbove(zFailing)) return { kind: "failing", evidence };
  return isAbove(zUnclear) ? { kind: "unclear", evidence } : { kind: "good" };
}

/** The most frequent error, by the name that clients get. */
function mostFrequent({ errorsByKind = {} }: HealthSample): { kind: string; count: number } | null {
  const [most] = Object.entries(errorsByKind).sort(([, a], [, b]) => b - a);
  return most === undefined ? null : { kind: most[0], count: most[1] };
}
