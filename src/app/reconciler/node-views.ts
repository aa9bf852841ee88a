import type { NodeRecord } from "#adapters/store/nodes.ts";
import type { InstanceView, NodeView } from "#domain/rollout/attestation.ts";
import type { ScriptCounts } from "#domain/rollout/region-alarms.ts";
import type { InstanceReport, MetricWindow, SeriesReport } from "#schemas/types.ts";

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
  return nodes.map((node) => ({
    id: node.id,
    region: node.region,
    slot: node.slot,
    receivedAtMs: node.receivedAtMs,
    instances: (node.report?.instances ?? [])
      .filter(
        (instance) => instance.script === name && instance.version === version && instance.role === "stable",
      )
      .map((instance) => instanceView(node, instance, nowMs)),
  }));
}

function instanceView(node: NodeRecord, instance: InstanceReport, nowMs: number): InstanceView {
  const { digest, requests, errors, latencyP95Ms, quarantinedUntil, error } = instance;
  const isRetried = instance.state === "failed" && notTheRevision.has(error?.code ?? "");
  return {
    digest,
    state: isRetried ? "provisioning" : instance.state,
    requests,
    errors,
    latencyP95Ms: latencyP95Ms ?? null,
    // The node's clock may be off by hours; a quarantine that it still names is one that it still keeps.
    isQuarantined: quarantinedUntil !== undefined && Date.parse(quarantinedUntil) > reportedAtMs(node, nowMs),
    recent: recentCounts(node, instance),
    perSecond: perSecond(node, instance),
    error: error?.message ?? null,
    isLate: lateCodes.has(error?.code ?? ""),
    servedMs: Math.max(0, reportedAtMs(node, nowMs) - Date.parse(instance.since)),
  };
}

/** By the clock that the node's other times are by. */
function reportedAtMs(node: NodeRecord, nowMs: number): number {
  return node.report ? Date.parse(node.report.reportedAt) : nowMs;
}

/** Errors that the script had no part in: the node or its neighbours had. */
const notTheScript: readonly string[] = ["worker_restarted", "not_ready", "draining"];

function seriesOf(node: NodeRecord, instance: InstanceReport): SeriesReport | undefined {
  return node.report?.metrics?.find(
    ({ script, version, role, digest }) =>
      script === instance.script &&
      version === instance.version &&
      role === instance.role &&
      digest === instance.digest,
  );
}

function recentCounts(node: NodeRecord, instance: InstanceReport): InstanceView["recent"] {
  const series = seriesOf(node, instance);
  if (!series) return null;
  return {
    requests: series.windows.reduce((sum, window) => sum + window.requests, 0),
    errors: series.windows.reduce((sum, window) => sum + ownErrors(window), 0),
  };
}

/** Shorter times say little, milliseconds. */
const rateMsMin = 5_000;

/** By the node's own clock throughout, so that its offset does not matter. */
function perSecond(node: NodeRecord, instance: InstanceReport): number | null {
  if (!node.report || instance.state !== "serving") return null;
  const nowMs = Date.parse(node.report.reportedAt);
  const starts = seriesOf(node, instance)?.windows.map(({ startedAt }) => Date.parse(startedAt)) ?? [];
  const sinceMs = Math.max(Date.parse(instance.since), Math.min(...starts, nowMs));
  const requests = recentCounts(node, instance)?.requests ?? instance.requests;
  const spanMs = nowMs - (starts.length > 0 ? sinceMs : Date.parse(instance.since));
  return spanMs < rateMsMin ? null : (1_000 * requests) / spanMs;
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
