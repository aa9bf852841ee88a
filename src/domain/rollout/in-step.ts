import { type RolloutDecision, decideRollout } from "./decide-rollout.ts";
import type { ReleaseWrite } from "./release-writes.ts";
import type { RolloutInput } from "./rollout-input.ts";
import type { Release } from "#schemas/types.ts";

/** Where a region is on the way from before a change to after it: a number that members in step have in common. */
const done = 200;

interface Step {
  readonly key: string;
  readonly write: ReleaseWrite | null;
  readonly before: number;
  readonly after: number;
  /** Whether the write brings something there that was not on its way. */
  readonly arrives: boolean;
  /** Whether the region is still to be changed for it, now or later. */
  readonly isOpen: boolean;
}

/**
 * Leaves of the decisions only the writes with which all members that are not done in a region stay equal there, or
 * come nearer to each other. A member that may write nothing at all waits as those do that it waits for.
 */
export function inStep(
  members: ReadonlyMap<string, RolloutInput>,
  decisions: ReadonlyMap<string, RolloutDecision>,
): Map<string, RolloutDecision> {
  const kept = new Map([...members.keys()].map((key): [string, ReleaseWrite[]] => [key, []]));
  const regions = new Set(
    [...members.values()].flatMap(({ fleet }) => fleet.regions.map(({ name }) => name)),
  );
  for (const region of regions) {
    const isLeft = isLeftBySome(region, members, decisions);
    for (const { key, write } of allowed(stepsIn(region, members, decisions, isLeft), isLeft))
      if (write) kept.get(key)?.push(write);
  }
  return new Map(
    [...decisions].map(([key, decision]) => {
      const writes = kept.get(key) ?? [];
      const input = members.get(key);
      if (!input || writes.length === decision.writes.length) return [key, decision];
      if (writes.length > 0 || isBack(decision)) return [key, { ...decision, writes }];
      return [key, stalled(input, key, decisions)];
    }),
  );
}

/** The regions that a member's decision takes something out of which is not what it is held back for. */
function leavingRegions(input: RolloutInput, decision: RolloutDecision): string[] {
  const isLeft = (region: string) => input.releases.get(region)?.next !== undefined;
  if (decision.kind === "idle") return [...input.releases.keys()].filter(isLeft);
  switch (decision.phase.kind) {
    case "withdrawing":
      return decision.phase.regions.filter(isLeft);
    case "collecting":
      return [...input.releases.keys()].filter(isLeft);
    default:
      return [];
  }
}

function isLeftBySome(
  region: string,
  members: ReadonlyMap<string, RolloutInput>,
  decisions: ReadonlyMap<string, RolloutDecision>,
): boolean {
  return [...members].some(([key, input]) => {
    const decision = decisions.get(key);
    return decision !== undefined && leavingRegions(input, decision).includes(region);
  });
}

function stepsIn(
  region: string,
  members: ReadonlyMap<string, RolloutInput>,
  decisions: ReadonlyMap<string, RolloutDecision>,
  isLeft: boolean,
): Step[] {
  return [...members].map(([key, input]): Step => {
    const release = input.releases.get(region) ?? null;
    const write = decisions.get(key)?.writes.find((one) => one.region === region) ?? null;
    const rank = (one: Release | null) => rankOf(one, input, isLeft);
    const before = rank(release);
    const isOpen = write !== null || before !== done || isRollingBack(decisions.get(key), region);
    const arriving = write?.release?.next?.digest;
    const arrives = arriving !== undefined && arriving !== release?.next?.digest;
    return { key, write, before, after: write ? rank(write.release) : before, arrives, isOpen };
  });
}

function isRollingBack(decision: RolloutDecision | undefined, region: string): boolean {
  return (
    decision?.kind === "active" &&
    decision.phase.kind === "rollingBack" &&
    decision.phase.regions.includes(region)
  );
}

/** Grows while a change comes to a region, and falls while it is taken back. What is left is not told apart: only how many nodes still have it. */
function rankOf(release: Release | null, { target }: RolloutInput, isLeft: boolean): number {
  const { next, stable } = release ?? {};
  if (!next) return stable?.digest === target.digest ? done : 0;
  if (next.digest === target.digest) return next.nodesPct;
  if (stable?.digest === target.digest) return done - next.nodesPct;
  return isLeft ? next.nodesPct : -next.nodesPct;
}

function allowed(all: readonly Step[], isLeft: boolean): Step[] {
  const isRetreat = isLeft || all.some(({ before, after }) => after < before);
  // Nothing new comes to a region that something leaves.
  const isHeld = ({ before, after, arrives }: Step) =>
    (isLeft && arrives) || (isRetreat && after > before && after > 0);
  const steps = all
    .filter(({ isOpen }) => isOpen)
    .map((step) => (isHeld(step) ? { ...step, write: null, after: step.before } : step));
  const [first] = steps;
  if (!first || steps.every(({ after }) => after === first.after)) return steps;
  return steps.filter((step) => {
    const others = steps.filter((other) => other !== step).map(({ before }) => before);
    if (step.after > step.before) return step.after <= Math.max(...others);
    return step.after < step.before && step.after >= Math.min(...others);
  });
}

function isBack(decision: RolloutDecision): boolean {
  if (decision.kind === "idle") return true;
  const { kind } = decision.phase;
  return kind === "withdrawing" || kind === "rollingBack" || kind === "collecting";
}

/** The decision of one that companions keep from moving: it is where they are. */
function stalled(
  input: RolloutInput,
  key: string,
  decisions: ReadonlyMap<string, RolloutDecision>,
): RolloutDecision {
  const others = [...decisions].flatMap(([other, decision]) =>
    other !== key && decision.kind === "active" ? [decision] : [],
  );
  const cause = others.find(({ writes }) => writes.length === 0) ?? others[0];
  return { ...decideRollout({ ...input, stall: cause?.phase ?? null }), writes: [] };
}
