import type { NodeRecord } from "#adapters/store/nodes.ts";
import type { CanaryNode } from "#domain/canary/canary-node.ts";

/** What each node last reported about the two sides of one script's canary. */
export function canaryNodes(nodes: readonly NodeRecord[], script: string, version: string): CanaryNode[] {
  return nodes.map(({ id, region, receivedAtMs, report }) => ({
    id,
    region,
    receivedAtMs,
    reportedAtMs: report === null ? null : Date.parse(report.reportedAt),
    instances: (report?.instances ?? []).flatMap((instance) => {
      const { role, digest, state, error } = instance;
      if (instance.script !== script || instance.version !== version) return [];
      if (role !== "canary" && role !== "baseline") return [];
      return [{ role, digest, state, error: error?.message ?? null }];
    }),
  }));
}
