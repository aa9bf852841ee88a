import { allocate, ownerOf, SLOTS, slotOf, type Allocation } from "./allocation.ts";
import type { Override } from "./override-header.ts";
import { stickyKey, type Caller } from "./sticky-key.ts";

/** One instance of a version that this node is to run. `target` is null until it serves. */
export interface Variant<Target> {
  readonly role: string;
  readonly digest: string;
  /** Slots of 10,000; stable's is not looked at, since it has what the others leave. */
  readonly weight: number;
  readonly runId: string | null;
  readonly stickyBy: string | null;
  readonly expiresAtMs: number | null;
  readonly target: Target | null;
}

/** How the requests of one version are shared out. Made when something changes, used for every request. */
export interface VersionPlan<Target> {
  readonly stable: Target | null;
  readonly runs: readonly Run<Target>[];
  readonly variants: readonly Variant<Target>[];
  /** Somebody stopped it. */
  readonly isKilled?: true;
}

interface Run<Target> {
  readonly runId: string;
  readonly stickyBy: string | null;
  /** The earliest of its variants': a run is over for all of them at once. */
  readonly expiresAtMs: number;
  readonly allocations: readonly Allocation<Variant<Target>>[];
}

export interface ChoiceInput {
  readonly caller: Caller;
  /** Signed and for this script, or null. */
  readonly override: Override | null;
  readonly nowMs: number;
  /** 0 to 1, for requests without a key. */
  readonly random: () => number;
}

export type Choice<Target> =
  | { readonly kind: "chosen"; readonly target: Target }
  /** The override names a digest that this node does not serve for the version. */
  | { readonly kind: "overrideAbsent" }
  | { readonly kind: "notReady" };

/**
 * A run takes traffic only while all that carry a weight in it serve here: a canary without its baseline, or a variant
 * without the others, would be compared on different terms. The runs of rollouts and canaries come before experiments.
 */
export function planVersion<Target>(variants: readonly Variant<Target>[]): VersionPlan<Target> {
  const stable = variants.find(({ role, target }) => role === "stable" && target !== null);
  const weighted = variants.filter(({ role, weight }) => role !== "stable" && weight > 0);
  const byRun = Map.groupBy(weighted, ({ runId }) => runId ?? "");
  const runs = [...byRun]
    .filter(([, members]) => members.every(({ target }) => target !== null))
    .map(([runId, members]): Run<Target> => {
      const stickyBy = members.map((member) => member.stickyBy).filter((by) => by !== null);
      return {
        runId,
        stickyBy: stickyBy.toSorted()[0] ?? null,
        expiresAtMs: Math.min(...members.map(({ expiresAtMs }) => expiresAtMs ?? Infinity)),
        allocations: allocate(members),
      };
    })
    .toSorted((a, b) => precedence(a) - precedence(b) || (a.runId < b.runId ? -1 : 1));
  return { stable: stable?.target ?? null, runs, variants };
}

/** Which instance answers a request. */
export function chooseVariant<Target>(plan: VersionPlan<Target>, input: ChoiceInput): Choice<Target> {
  const { override, nowMs } = input;
  if (override !== null) {
    const named = plan.variants.find(({ digest, target, expiresAtMs }) => {
      return digest === override.digest && target !== null && (expiresAtMs ?? Infinity) > nowMs;
    });
    return named?.target == null ? { kind: "overrideAbsent" } : { kind: "chosen", target: named.target };
  }
  for (const run of plan.runs) {
    if (run.expiresAtMs <= nowMs) continue;
    const target = ownerOf(run.allocations, slotIn(run, input))?.target ?? null;
    if (target !== null) return { kind: "chosen", target };
  }
  const target = plan.stable ?? onlyOthers(plan, nowMs);
  return target === null ? { kind: "notReady" } : { kind: "chosen", target };
}

function slotIn<Target>({ runId, stickyBy }: Run<Target>, { caller, random }: ChoiceInput): number {
  const key = stickyBy === null ? null : stickyKey(stickyBy, caller);
  return key === null ? Math.floor(random() * SLOTS) : slotOf(runId, key);
}

/** A version that never had a stable revision is served by what there is. */
function onlyOthers<Target>({ variants }: VersionPlan<Target>, nowMs: number): Target | null {
  if (variants.some(({ role }) => role === "stable")) return null;
  const live = variants.find(
    ({ target, expiresAtMs }) => target !== null && (expiresAtMs ?? Infinity) > nowMs,
  );
  return live?.target ?? null;
}

function precedence<Target>({ allocations }: Run<Target>): number {
  return allocations.some(({ share }) => share.role === "canary" || share.role === "baseline") ? 0 : 1;
}
