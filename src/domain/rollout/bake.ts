import { assertNever } from "#domain/assert-never.ts";
import type { BakePolicy } from "#domain/manifest/script-manifest.ts";

export type BakeState =
  | { readonly kind: "observing"; readonly untilMs: number }
  | { readonly kind: "enough" }
  /** Time is up with too little data, and the policy goes on regardless: recorded as unproven, never as passed. */
  | { readonly kind: "unproven" }
  /** Time is up with too little data: a person decides, or more requests come. */
  | { readonly kind: "held" };

/** Where the observation of a wave stands. `requests` is what the new revision has answered so far in the wave. */
export function bakeState(policy: BakePolicy, sinceMs: number, requests: number, nowMs: number): BakeState {
  const elapsedMs = nowMs - sinceMs;
  if (elapsedMs < policy.minMs) return { kind: "observing", untilMs: sinceMs + policy.minMs };
  if (requests >= policy.minRequests) return { kind: "enough" };
  if (elapsedMs < policy.maxMs) return { kind: "observing", untilMs: sinceMs + policy.maxMs };
  switch (policy.onTooLittleData) {
    case "proceed":
      return { kind: "unproven" };
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
