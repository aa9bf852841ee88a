import type {
  CellState,
  OverviewCell,
  RegionInput,
  RevisionLink,
  ServingInstance,
} from "./overview-model.ts";
import type { ObservedNode } from "./overview-nodes.ts";
import type { Release } from "#schemas/types.ts";
import { attests } from "./overview-nodes.ts";

/** A node polls its document every 30 s with jitter, so after this an older document is no longer a delay. */
const catchUpMsMax = 45_000;

interface CellInput {
  readonly unit: string;
  readonly region: RegionInput;
  readonly nodes: readonly ObservedNode[];
  /** null when git declares nothing for this unit in this region. */
  readonly release: Release | null;
  /** Why the unit's rollout failed in this region; null when it did not. */
  readonly rolloutFailure: string | null;
  /** Web address of the script's repository. */
  readonly repositoryUrl: string;
  readonly nowMs: number;
}

/** What one node says about one unit, against what git wants of the node's slot. */
type NodeVerdict =
  | { readonly kind: "attests" | "idle" }
  | { readonly kind: "failed" | "drift" | "unreachable" | "moving" | "notReady"; readonly text: string };

/** Compares what git says with what the nodes of one region report. A missing report is never good. */
export function buildCell(input: CellInput): OverviewCell {
  const verdicts = input.nodes.map((node) => judgeNode(input, node));
  return {
    region: input.region.name,
    stable: revisionLink(input.release?.stable, input.repositoryUrl),
    next: nextLink(input),
    serving: servingInstances(input),
    ...judgeCell(input, verdicts),
  };
}

function judgeCell(
  input: CellInput,
  verdicts: readonly NodeVerdict[],
): { state: CellState; note: string | null } {
  if (input.rolloutFailure !== null) {
    return { state: "failed", note: input.rolloutFailure };
  }
  const texts = (kind: NodeVerdict["kind"]): string[] =>
    verdicts.flatMap((verdict) => (verdict.kind === kind && "text" in verdict ? [verdict.text] : []));
  for (const [kind, state] of [
    ["failed", "failed"],
    ["drift", "drift"],
  ] as const) {
    if (texts(kind).length > 0) {
      return { state, note: sentence(texts(kind)) };
    }
  }
  if (input.release === null) {
    return { state: "absent", note: null };
  }
  if (input.nodes.length === 0) {
    return { state: "unknown", note: "No node has registered in this region." };
  }
  if (texts("unreachable").length > 0) {
    return { state: "unknown", note: sentence(texts("unreachable")) };
  }
  if (!input.nodes.some((node) => node.state === "ready")) {
    return { state: "unknown", note: sentence(texts("notReady")) };
  }
  if (input.release.next !== undefined) {
    return { state: "rolling", note: rollingNote(input, input.release.next.digest) };
  }
  if (texts("moving").length > 0) {
    return { state: "rolling", note: sentence(texts("moving")) };
  }
  return { state: "serving", note: texts("notReady").length > 0 ? sentence(texts("notReady")) : null };
}

function judgeNode(input: CellInput, node: ObservedNode): NodeVerdict {
  if (node.state === "unreachable") {
    return { kind: "unreachable", text: silence(node, input.nowMs) };
  }
  const desired = desiredDigest(input.release, node.slot);
  const instances = node.instances.get(input.unit) ?? [];
  const wanted = instances.find((instance) => instance.digest === desired);
  if (wanted?.state === "failed") {
    const { code, message } = wanted.error ?? { code: "failed", message: "no reason given" };
    return { kind: "failed", text: `${node.id}: ${code}: ${message}` };
  }
  if (node.state !== "ready") {
    return { kind: "notReady", text: `${node.id} is ${node.state}` };
  }
  if (desired !== null && attests(node, input.unit, desired)) {
    return { kind: "attests" };
  }
  const other = instances.find((instance) => instance.state === "serving" && instance.digest !== desired);
  if (desired === null && other === undefined) {
    return { kind: "idle" };
  }
  if (wanted?.state === "provisioning" || wanted?.state === "warming") {
    return { kind: "moving", text: `${node.id} is ${wanted.state} ${shortDigest(wanted.digest)}` };
  }
  if (isCatchingUp(input, node)) {
    return { kind: "moving", text: `${node.id} is fetching document ${input.region.document?.generation}` };
  }
  return { kind: "drift", text: driftText(node.id, other?.digest ?? null, desired) };
}

/** The first of `next` and `stable` whose share covers the slot (docs/adr/0002-nodes-have-slots.md). */
function desiredDigest(release: Release | null, slot: number): string | null {
  if (release?.next !== undefined && slot < release.next.nodesPct) {
    return release.next.digest;
  }
  return release?.stable?.digest ?? null;
}

function isCatchingUp(input: CellInput, node: ObservedNode): boolean {
  const { document } = input.region;
  return (
    document !== null &&
    (node.generation ?? 0) < document.generation &&
    input.nowMs - document.issuedAtMs <= catchUpMsMax
  );
}

function rollingNote(input: CellInput, digest: string): string {
  const count = input.nodes.filter((node) => attests(node, input.unit, digest)).length;
  return `${count} of ${input.nodes.length} nodes serve ${shortDigest(digest)}.`;
}

function driftText(node: string, served: string | null, desired: string | null): string {
  const has = served === null ? "serves nothing" : `serves ${shortDigest(served)}`;
  return `${node} ${has}, git says ${desired === null ? "nothing" : shortDigest(desired)}`;
}

function silence(node: ObservedNode, nowMs: number): string {
  if (node.receivedAtMs === null) {
    return `${node.id} has never reported`;
  }
  return `${node.id} has not reported for ${Math.floor((nowMs - node.receivedAtMs) / 1000)} s`;
}

function sentence(texts: readonly string[]): string {
  const shown = texts.slice(0, 3).join("; ");
  return texts.length > 3 ? `${shown}; and ${texts.length - 3} more.` : `${shown}.`;
}

function shortDigest(digest: string): string {
  return digest.slice("sha256:".length, "sha256:".length + 7);
}

function servingInstances(input: CellInput): ServingInstance[] {
  return input.nodes.flatMap((node) =>
    (node.instances.get(input.unit) ?? []).map((instance) => ({
      node: node.id,
      digest: instance.digest,
      state: node.state === "unreachable" ? ("unreachable" as const) : instance.state,
    })),
  );
}

function nextLink(input: CellInput): OverviewCell["next"] {
  const next = input.release?.next;
  const link = revisionLink(next, input.repositoryUrl);
  return next === undefined || link === null ? null : { ...link, nodesPct: next.nodesPct };
}

function revisionLink(
  revision: { digest: string; commit: string } | undefined,
  repositoryUrl: string,
): RevisionLink | null {
  if (revision === undefined) {
    return null;
  }
  const { digest, commit } = revision;
  return { digest, commit, commitUrl: `${repositoryUrl}/commit/${encodeURIComponent(commit)}` };
}
