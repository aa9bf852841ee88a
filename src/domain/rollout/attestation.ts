import type { RegionManifest } from "#domain/manifest/fleet-manifest.ts";
import type { Digest, Sketch } from "#schemas/types.ts";

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
  /** Since when this process could hear nodes; absent for longer than it matters. */
  readonly listeningSinceMs?: number;
  readonly instances: readonly InstanceView[];
}

export interface InstanceView {
  readonly digest: Digest;
  readonly state: "provisioning" | "warming" | "serving" | "draining" | "failed";
  /** Answered since this state began, and how many of them with an error. */
  readonly requests: number;
  readonly errors: number;
  /** 95th percentile over about the last minute, milliseconds; null without requests. */
  readonly latencyP95Ms: number | null;
  /** The node refuses its requests because it harmed it. */
  readonly isQuarantined: boolean;
  /** The last two or three minutes alone; null where the node does not tell them apart. */
  readonly recent: {
    readonly requests: number;
    readonly errors: number;
    readonly errorsByKind: Readonly<Record<string, number>>;
    readonly minutes: readonly MinuteView[];
  } | null;
  /** Requests a second lately; null when too little time has passed to tell. */
  readonly perSecond: number | null;
  readonly error: string | null;
  /** It failed because loading it or its warm-up took too long, which may also be the fault of a busy node. */
  readonly isLate: boolean;
  /** How long it had been serving when the node reported, by the node's own clock, milliseconds; absent when it does not say. */
  readonly servedMs?: number;
}

/** What an instance answered in one minute by the node's clock. */
export interface MinuteView {
  /** 0 for the one under way when the node reported. */
  readonly minutesAgo: number;
  readonly requests: number;
  /** Absent when nothing was answered. */
  readonly latencyMs?: Sketch;
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
      /** The node cannot run the revision, or it went silent where the region's policy calls that a failure. */
      readonly cause: "revision" | "silence";
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
  // Our clock was set back since: no report of before is fresh by it, so none needs to be told apart.
  const sinceMs = question.sinceMs > nowMs ? Number.NEGATIVE_INFINITY : question.sinceMs;
  const isFresh = (node: NodeView) =>
    !isSilent(node, nowMs) && node.receivedAtMs !== null && node.receivedAtMs >= sinceMs;
  const serves = (node: NodeView) =>
    isFresh(node) &&
    node.instances.some((instance) => instance.digest === digest && instance.state === "serving");

  const attested = selected.filter(serves).length;
  const unreachable = selected
    .filter((node) => !serves(node) && isUnreachable(node, nowMs))
    .map((node) => node.id);
  const counted = region.unreachable === "skip" ? selected.length - unreachable.length : selected.length;
  const counts = { attested, total: selected.length };

  for (const node of selected.filter(isFresh)) {
    const failed = node.instances.find(
      (instance) => instance.digest === digest && instance.state === "failed" && !instance.isLate,
    );
    if (failed) {
      const message = failed.error ?? "the node gave no reason";
      return { kind: "failed", cause: "revision", node: node.id, message, ...counts };
    }
  }
  if (region.unreachable === "fail" && unreachable[0] !== undefined) {
    const message = "the node stopped reporting";
    return { kind: "failed", cause: "silence", node: unreachable[0], message, ...counts };
  }
  if (attested > 0 && attested >= Math.ceil((counted * region.quorumPct) / 100))
    return { kind: "reached", ...counts };
  const waitingFor = selected.filter((node) => !serves(node)).map((node) => node.id);
  return { kind: "waiting", ...counts, waitingFor, unreachable };
}

/** Whether a node has not been heard of for so long that nothing waits for it; a report from the future says nothing about now. */
export function isSilent(node: Pick<NodeView, "receivedAtMs">, nowMs: number): boolean {
  return node.receivedAtMs === null || Math.abs(nowMs - node.receivedAtMs) > unreachableAfterMs;
}

/** Whether a node is silent although it could have been heard: right after a start of this process, silence was our own. */
export function isUnreachable(
  node: Pick<NodeView, "receivedAtMs" | "listeningSinceMs">,
  nowMs: number,
): boolean {
  const { listeningSinceMs = Number.NEGATIVE_INFINITY } = node;
  return isSilent(node, nowMs) && Math.abs(nowMs - listeningSinceMs) > unreachableAfterMs;
}

/**
 * For how long nodes have served a digest by their own clocks, milliseconds: the median of those that serve it and say
 * so, so that nodes which just started again, or whose clock was set, do not decide. null when none says.
 */
export function servedForMs(nodes: readonly NodeView[], digest: Digest, nowMs: number): number | null {
  const served = nodes.flatMap(({ receivedAtMs, instances }) =>
    instances
      .filter((instance) => instance.digest === digest && instance.state === "serving")
      .flatMap(({ servedMs }) => {
        if (servedMs === undefined || receivedAtMs === null) return [];
        // A report that looks old may be one from before our clock was set forward.
        const isOld = isSilent({ receivedAtMs }, nowMs);
        const sinceReportMs = isOld ? 0 : Math.max(0, nowMs - receivedAtMs);
        return [servedMs + sinceReportMs];
      }),
  );
  return served.toSorted((a, b) => a - b)[Math.floor(served.length / 2)] ?? null;
}

/** The requests that nodes say the digest has answered. */
export function requestsOf(nodes: readonly NodeView[], digest: Digest): number {
  return nodes
    .flatMap((node) => node.instances)
    .filter((instance) => instance.digest === digest)
    .reduce((sum, instance) => sum + instance.requests, 0);
}
