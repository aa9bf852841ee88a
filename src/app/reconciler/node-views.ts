import type { NodeRecord } from "#adapters/store/nodes.ts";
import type { InstanceView, NodeView } from "#domain/rollout/attestation.ts";
import type { ScriptCounts } from "#domain/rollout/region-alarms.ts";
import type { InstanceReport, MetricWindow, NodeReport, SeriesReport } from "#schemas/types.ts";

/** Why an instance may fail without its revision being at fault: the node tries again by itself. */
const notTheRevision: ReadonlySet<string> = new Set([
  "bundle_unavailable",
  "bundle_refused",
  "superseded",
  "route_conflict",
  "worker_restarted",
  "overloaded",
]);
/** Codes of failures that a busy node may have as well as a slow revision. */
const lateCodes: ReadonlySet<string> = new Set(["warmup_timeout", "start_timeout"]);

/** What each node last reported about one version of a script, in the role that serves everybody. */
export function nodeViews(
  nodes: readonly NodeRecord[],
  name: string,
  version: string,
  nowMs: number,
): NodeView[] {
  return nodes.map((node) => {
    const { id, region, slot, receivedAtMs, report } = node;
    const reportedAtMs = report ? Date.parse(report.reportedAt) : nowMs;
    const instances: InstanceView[] = [];
    for (const instance of report?.instances ?? []) {
      if (instance.script !== name || instance.version !== version || instance.role !== "stable") continue;
      instances.push(instanceView(instance, seriesOf(report, instance), reportedAtMs));
    }
    return { id, region, slot, receivedAtMs, instances };
  });
}

/** `reportedAtMs` is by the clock that the node's other times are by. */
function instanceView(
  instance: InstanceReport,
  series: SeriesReport | undefined,
  reportedAtMs: number,
): InstanceView {
  const { digest, requests, errors, latencyP95Ms, quarantinedUntil, error } = instance;
  const isRetried = instance.state === "failed" && notTheRevision.has(error?.code ?? "");
  const sinceMs = Date.parse(instance.since);
  const recent = series ? recentCounts(series, reportedAtMs) : null;
  return {
    digest,
    state: isRetried ? "provisioning" : instance.state,
    requests,
    errors,
    latencyP95Ms: latencyP95Ms ?? null,
    // The node's clock may be off by hours; a quarantine that it still names is one that it still keeps.
    isQuarantined: quarantinedUntil !== undefined && Date.parse(quarantinedUntil) > reportedAtMs,
    recent,
    perSecond:
      instance.state === "serving"
        ? perSecond(recent?.requests ?? requests, countedSinceMs(series, sinceMs, reportedAtMs), reportedAtMs)
        : null,
    error: error?.message ?? null,
    isLate: lateCodes.has(error?.code ?? ""),
    servedMs: Math.max(0, reportedAtMs - sinceMs),
  };
}

const minuteMs = 60_000;

/** Errors that the script had no part in: the node or its neighbours had. */
const notTheScript: readonly string[] = ["worker_restarted", "not_ready", "draining"];

function seriesOf(report: NodeReport | null, instance: InstanceReport): SeriesReport | undefined {
  return report?.metrics?.find(
    ({ script, version, role, digest }) =>
      script === instance.script &&
      version === instance.version &&
      role === instance.role &&
      digest === instance.digest,
  );
}

function recentCounts({ windows }: SeriesReport, reportedAtMs: number): NonNullable<InstanceView["recent"]> {
  const errorsByKind: Record<string, number> = {};
  for (const [kind, count] of windows.flatMap((window) => Object.entries(window.errorsByKind)))
    if (!notTheScript.includes(kind)) errorsByKind[kind] = (errorsByKind[kind] ?? 0) + count;
  return {
    requests: windows.reduce((sum, window) => sum + window.requests, 0),
    errors: windows.reduce((sum, window) => sum + ownErrors(window), 0),
    errorsByKind,
    minutes: windows.map(({ startedAt, requests, latencyMs }) => ({
      minutesAgo: Math.floor((reportedAtMs - Date.parse(startedAt)) / minuteMs),
      requests,
      ...(latencyMs && { latencyMs }),
    })),
  };
}

/** Shorter times say little, milliseconds. */
const rateMsMin = 5_000;

/** By the node's own clock throughout, so that its offset does not matter. */
function perSecond(requests: number, sinceMs: number, reportedAtMs: number): number | null {
  const spanMs = reportedAtMs - sinceMs;
  return spanMs < rateMsMin ? null : (1_000 * requests) / spanMs;
}

/** From when on an instance's requests are counted: the first window's start, where it does not lie before its own. */
function countedSinceMs(series: SeriesReport | undefined, sinceMs: number, reportedAtMs: number): number {
  const starts = series?.windows.map(({ startedAt }) => Date.parse(startedAt)) ?? [];
  return starts.length === 0 ? sinceMs : Math.max(sinceMs, Math.min(...starts, reportedAtMs));
}

function ownErrors({ errors, errorsByKind }: MetricWindow): number {
  return errors - notTheScript.reduce((sum, kind) => sum + (errorsByKind[kind] ?? 0), 0);
}

/** What every script's stable role did in the last minutes, node by node, where nodes tell. */
export function recentScriptCounts(nodes: readonly NodeRecord[]): ScriptCounts[] {
  const sums = new Map<string, { region: string; script: string; requests: number; errors: number }>();
  for (const node of nodes) {
    for (const { script, role, windows } of node.report?.metrics ?? []) {
      if (role !== "stable") continue;
      const key = `${node.region} ${script}`;
      const sum = sums.get(key) ?? { region: node.region, script, requests: 0, errors: 0 };
      for (const { requests, errors } of windows) {
        sum.requests += requests;
        sum.errors += errors;
      }
      sums.set(key, sum);
    }
  }
  return [...sums.values()];
}

/** Scripts besides one's own that tell how a region is. */
const othersMin = 3;
/** Of more on a node the rest would change little. */
const othersMax = 200;

/** The median over a region's nodes and their scripts but one of the 95th percentile of the last minute, milliseconds; null for too few. */
export function othersLatencyMs(nodes: readonly NodeRecord[], region: string, script: string): number | null {
  const found: number[] = [];
  const scripts = new Set<string>();
  for (const node of nodes) {
    if (node.region !== region) continue;
    let count = 0;
    for (const { script: other, role, state, latencyP95Ms } of node.report?.instances ?? []) {
      if (other === script || role !== "stable" || state !== "serving" || latencyP95Ms === undefined)
        continue;
      scripts.add(other);
      found.push(latencyP95Ms);
      count += 1;
      if (count === othersMax) break;
    }
  }
  if (scripts.size < othersMin) return null;
  return found.toSorted((a, b) => a - b)[Math.floor(found.length / 2)] ?? null;
}
