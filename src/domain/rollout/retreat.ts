import type { Digest, Hold, Release } from "#schemas/types.ts";
import { type NodeView, isUnreachable } from "./attestation.ts";
import { batchSize, nextBatchPct, previousBatchPct } from "./batches.ts";
import { healthSample } from "./health.ts";
import { type ReleaseWrite, promoteWrite, startWrite, withShare, withdrawWrite } from "./release-writes.ts";
import type { RolloutInput, RolloutMemory } from "./rollout-input.ts";

/** A region waits no longer than this for a worse one to be back, milliseconds. */
const regionDelayMs = 15_000;

/** One region on its way back. */
export type RetreatStep =
  | { readonly kind: "back" }
  | { readonly kind: "waiting"; readonly waitingFor: readonly string[] }
  | { readonly kind: "write"; readonly write: ReleaseWrite };

export interface Retreat {
  readonly writes: readonly ReleaseWrite[];
  /** Regions that are not back yet, the worst first. */
  readonly regions: readonly string[];
  readonly waitingFor: readonly string[];
}

/**
 * What takes a held revision back: withdrawn where it is on its way and, for a rollback, replaced by `to` where
 * another one is stable. A third of a region's nodes at a time and without a bake; silent nodes are not waited for. The worst region
 * goes first, the others follow when it is back or after 15 seconds each.
 */
export function retreat(input: RolloutInput, hold: Hold, memory: RolloutMemory): Retreat {
  const held = hold.revision?.digest;
  if (held === undefined) return { writes: [], regions: [], waitingFor: [] };
  const order = input.retreatOrder ?? worstRegions([input]);
  const steps = order.map((region) => ({
    region,
    step: stepBack(input, hold, region, memory),
  }));
  const open = steps.filter(({ step }) => step.kind !== "back");
  // Never negative: with a clock that was set back, the worst region still goes at once.
  const elapsedMs = Math.max(0, input.nowMs - Date.parse(hold.at));
  const allowed = open.filter((_, index) => index * regionDelayMs <= elapsedMs);
  return {
    writes: allowed.flatMap(({ step }) => (step.kind === "write" ? [step.write] : [])),
    regions: open.map(({ region }) => region),
    waitingFor: allowed.flatMap(({ step }) => (step.kind === "waiting" ? step.waitingFor : [])),
  };
}

/** Takes a revision that is on its way in a region back by one batch, once the batch before serves the stable one again. */
export function withdrawStep(input: RolloutInput, region: string): RetreatStep {
  const release = input.releases.get(region);
  if (!release?.next) return { kind: "back" };
  const { next, stable } = release;
  const nodes = nodesOf(input, region);
  // Without a stable revision, there is nothing that nodes could go back to one after the other.
  if (stable) {
    const behind = nodes.filter((node) => node.slot >= next.nodesPct);
    const waitingFor = notServing(behind, stable.digest, input.nowMs);
    if (waitingFor.length > 0) return { kind: "waiting", waitingFor };
    const leftPct = previousBatchPct(
      nodes.map((node) => node.slot),
      next.nodesPct,
    );
    if (leftPct > 0) return { kind: "write", write: { region, release: withShare(release, leftPct) } };
  }
  const write = withdrawWrite(input, region);
  return write ? { kind: "write", write } : { kind: "back" };
}

/** Whether a revision on its way in a region has so few nodes that another one can take its place in one batch. */
export function isWithinOneBatch(input: RolloutInput, region: string): boolean {
  const { next } = input.releases.get(region) ?? {};
  if (!next) return true;
  const nodes = nodesOf(input, region);
  return nodes.filter((node) => node.slot < next.nodesPct).length <= batchSize(nodes.length);
}

function stepBack(input: RolloutInput, hold: Hold, region: string, memory: RolloutMemory): RetreatStep {
  const release = input.releases.get(region);
  const held = hold.revision?.digest;
  if (!release || held === undefined) return { kind: "back" };
  const { next, stable } = release;
  const to = hold.mode === "rollback" ? hold.to : undefined;
  // A rule takes a revision back; only a person sends a region to one that it never had.
  const isTakenBack = stable?.digest === held || hold.by !== "showrunner";
  if (to && stable && stable.digest !== to.digest && isTakenBack)
    return stepTo(input, region, release, to, memory);
  if (next) return withdrawStep(input, region);
  if (!stable || stable.digest === held) return { kind: "back" };
  const waitingFor = stillServing(nodesOf(input, region), held, input.nowMs);
  return waitingFor.length > 0 ? { kind: "waiting", waitingFor } : { kind: "back" };
}

/** Replaces the stable revision of a region by the one before, in batches. */
function stepTo(
  input: RolloutInput,
  region: string,
  release: Release,
  to: NonNullable<Hold["to"]>,
  memory: RolloutMemory,
): RetreatStep {
  const { next } = release;
  if (next?.digest !== to.digest) {
    if (next && !isWithinOneBatch(input, region)) return withdrawStep(input, region);
    const wave = release.rollout?.wave ?? 1;
    return { kind: "write", write: startWrite(input, region, wave, memory, to) };
  }
  const nodes = nodesOf(input, region);
  const asked = nodes.filter((node) => node.slot < next.nodesPct);
  const waitingFor = notServing(asked, to.digest, input.nowMs);
  if (waitingFor.length > 0) return { kind: "waiting", waitingFor };
  const promotion = promoteWrite(input, region);
  if (next.nodesPct >= 100 && promotion) return { kind: "write", write: promotion };
  const slots = nodes.map((node) => node.slot);
  return {
    kind: "write",
    write: { region, release: withShare(release, nextBatchPct(slots, next.nodesPct)) },
  };
}

/** Regions by the share of the targets' requests that failed there; the others after them, in the fleet's order. */
export function worstRegions(inputs: readonly RolloutInput[]): string[] {
  const names = inputs[0]?.fleet.regions.map((region) => region.name) ?? [];
  const ranked = names.map((name) => ({
    name,
    badness: Math.max(0, ...inputs.map((input) => badnessIn(input, name))),
  }));
  return ranked.toSorted((a, b) => b.badness - a.badness).map(({ name }) => name);
}

function badnessIn(input: RolloutInput, region: string): number {
  const bad = input.hold?.revision?.digest ?? input.target.digest;
  const nodes = nodesOf(input, region);
  const { requests, errors, quarantinedOn } = healthSample(nodes, bad);
  const failed = nodes.some((node) =>
    node.instances.some((instance) => instance.digest === bad && instance.state === "failed"),
  );
  return (requests === 0 ? 0 : errors / requests) + (failed || quarantinedOn.length > 0 ? 1 : 0);
}

function nodesOf(input: RolloutInput, region: string): NodeView[] {
  return input.nodes.filter((node) => node.region === region);
}

/** Reachable nodes that do not say they serve the digest. */
function notServing(nodes: readonly NodeView[], digest: Digest, nowMs: number): string[] {
  const serves = (node: NodeView): boolean =>
    node.instances.some((instance) => instance.digest === digest && instance.state === "serving");
  return nodes.filter((node) => !isUnreachable(node, nowMs) && !serves(node)).map((node) => node.id);
}

/** Reachable nodes that still have the digest in service. */
function stillServing(nodes: readonly NodeView[], digest: Digest, nowMs: number): string[] {
  const serves = (node: NodeView): boolean =>
    node.instances.some((instance) => instance.digest === digest && instance.state === "serving");
  return nodes.filter((node) => !isUnreachable(node, nowMs) && serves(node)).map((node) => node.id);
}
