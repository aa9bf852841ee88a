import type { RegionManifest } from "#domain/manifest/fleet-manifest.ts";
import type { Digest } from "#schemas/types.ts";

/** A node is unreachable when its last report is older than this, milliseconds: three missed reports. */
export const unreachableAfterMs = 15_000;

/** One node as its last report showed it, for one version of a script. */
export interface NodeView {
  readonly id: string;
  readonly region: string;
  /** In [0, 100). */
  readonly slot: number;
  /** When the control plane received the last report; null before the first. The node's own clock is never used. */
  readonly receivedAtMs: number | null;
  readonly instances: readonly InstanceView[];
}

export interface InstanceView {
  readonly digest: Digest;
  readonly state: "provisioning" | "warming" | "serving" | "draining" | "failed";
  readonly requests: number;
  readonly error: string | null;
}

export type Attestation =
  | { readonly kind: "reached"; readonly attested: number; readonly total: number }
  | {
      readonly kind: "waiting";
      readonly attested: number;
      readonly total: number;
      /** Nodes that have not said they serve the digest. */
      readonly waitingFor: readonly string[];
      /** Of these, nodes that have gone silent. */
      readonly unreachable: readonly string[];
    }
  | {
      readonly kind: "failed";
      readonly node: string;
      readonly message: string;
      readonly attested: number;
      readonly total: number;
    };

export interface AttestationQuestion {
  readonly region: RegionManifest;
  /** The region's nodes, in any order. */
  readonly nodes: readonly NodeView[];
  readonly digest: Digest;
  /** Only nodes with a slot below this are asked. */
  readonly nodesPct: number;
  /** Reports received before this say nothing about it, epoch milliseconds. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** Whether enough of the nodes that should serve a digest say that they do. A region without nodes never attests. */
export function attestation(question: AttestationQuestion): Attestation {
  const { region, digest, nowMs } = question;
  const selected = question.nodes.filter((node) => node.slot < question.nodesPct);
  const isFresh = (node: NodeView) =>
    node.receivedAtMs !== null &&
    node.receivedAtMs >= question.sinceMs &&
    nowMs - node.receivedAtMs <= unreachableAfterMs;
  const serves = (node: NodeView) =>
    isFresh(node) &&
    node.instances.some((instance) => instance.digest === digest && instance.state === "serving");
  const isSilent = (node: NodeView) =>
    node.receivedAtMs === null || nowMs - node.receivedAtMs > unreachableAfterMs;

  const attested = selected.filter(serves).length;
  const unreachable = selected.filter((node) => !serves(node) && isSilent(node)).map((node) => node.id);
  const counted = region.unreachable === "skip" ? selected.length - unreachable.length : selected.length;
  const counts = { attested, total: selected.length };

  for (const node of selected.filter(isFresh)) {
    const failed = node.instances.find(
      (instance) => instance.digest === digest && instance.state === "failed",
    );
    if (failed)
      return { kind: "failed", node: node.id, message: failed.error ?? "the node gave no reason", ...counts };
  }
  if (region.unreachable === "fail" && unreachable[0] !== undefined) {
    return { kind: "failed", node: unreachable[0], message: "the node stopped reporting", ...counts };
  }
  if (attested > 0 && attested >= Math.ceil((counted * region.quorumPct) / 100))
    return { kind: "reached", ...counts };
  const waitingFor = selected.filter((node) => !serves(node)).map((node) => node.id);
  return { kind: "waiting", ...counts, waitingFor, unreachable };
}

/** The requests that nodes say the digest has answered. */
export function requestsOf(nodes: readonly NodeView[], digest: Digest): number {
  return nodes
    .flatMap((node) => node.instances)
    .filter((instance) => instance.digest === digest)
    .reduce((sum, instance) => sum + instance.requests, 0);
}
