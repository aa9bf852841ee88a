import { assertNever } from "#domain/assert-never.ts";
import type { BakePolicy } from "#domain/manifest/script-manifest.ts";

export type BakeState =
  | { readonly kind: "observing"; readonly untilMs: number }
  | { readonly kind: "enough" }
  /** Time is up with too little data, and the policy goes on regardless: recorded as unproven, never as passed. */
  | { readonly kind: "unproven" }
  /** Time is up without proof, and the policy does not go on regardless: a person decides, or more requests come. */
  | { readonly kind: "held" };

/**
 * Where the observation of a wave stands. `requests` is what the new revision has answered so far in the wave. One
 * that looks worse without proof (`unclear`) gets the longest observation, and never goes on with that.
 */
export function bakeState(
  policy: BakePolicy,
  sinceMs: number,
  requests: number,
  nowMs: number,
  health: "good" | "unclear" = "good",
): BakeState {
  const elapsedMs = nowMs - sinceMs;
  if (elapsedMs < policy.minMs) return { kind: "observing", untilMs: sinceMs + policy.minMs };
  const hasEnough = requests >= policy.minRequests;
  if (hasEnough && health === "good") return { kind: "enough" };
  if (elapsedMs < policy.maxMs) return { kind: "observing", untilMs: sinceMs + policy.maxMs };
  switch (policy.onTooLittleData) {
    case "proceed":
      return health === "good" ? { kind: "unproven" } : { kind: "held" };
    case "hold":
      return { kind: "held" };
    case "extend":
      return elapsedMs < 2 * policy.maxMs
        ? { kind: "observing", untilMs: sinceMs + 2 * policy.maxMs }
        : { kind: "held" };
    default:
      return assertNever(policy.onTooLittleData);
  }
}
