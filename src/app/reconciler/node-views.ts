import type { NodeRecord } from "#adapters/store/nodes.ts";
import type { NodeView } from "#domain/rollout/attestation.ts";

/** What each node last reported about one version of a script, in the role that serves everybody. */
export function nodeViews(nodes: readonly NodeRecord[], name: string, version: string): NodeView[] {
  return nodes.map((node) => ({
    id: node.id,
    region: node.region,
    slot: node.slot,
    receivedAtMs: node.receivedAtMs,
    instances: (node.report?.instances ?? [])
      .filter(
        (instance) => instance.script === name && instance.version === version && instance.role === "stable",
      )
      .map(({ digest, state, requests, error }) => ({
        digest,
        state,
        requests,
        error: error?.message ?? null,
      })),
  }));
}
