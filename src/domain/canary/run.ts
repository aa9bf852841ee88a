import type { CanaryRun as CanaryFile } from "#schemas/types.ts";
import type { Revision } from "../rollout/rollout-input.ts";
import type { CanaryPolicy } from "./canary-policy.ts";
import type { RunLook } from "./run-look.ts";
import type { RunVerdict } from "./verdict.ts";

/** One comparison of a candidate with a fresh baseline, from the wish for it to its end. Times are epoch milliseconds. */
export interface Run {
  readonly id: string;
  readonly script: string;
  readonly version: string;
  readonly repositoryId: number;
  /** The pull request that is tried; null for other causes. */
  readonly pull: number | null;
  readonly headSha: string;
  readonly cause: CanaryFile["cause"];
  readonly candidate: Revision;
  readonly policy: CanaryPolicy;
  readonly requestedAtMs: number;
  /** Set when it is to end before its verdict; whoever owns the script's canaries obeys. */
  readonly stop: RunStop | null;
  readonly phase: RunPhase;
}

export type RunPhase =
  | { readonly kind: "queued"; readonly behind: QueuedBehind | null }
  /** It is in git; nodes are taking both instances. */
  | { readonly kind: "starting"; readonly course: RunCourse }
  | {
      readonly kind: "running";
      readonly course: RunCourse;
      readonly serving: Serving;
      /** Null before the first look. */
      readonly verdict: RunVerdict | null;
      /** In order of time; absent in rows from before they were kept. */
      readonly looks?: readonly RunLook[];
    }
  | {
      readonly kind: "ended";
      readonly end: RunEnd;
      readonly endedAtMs: number;
      /** Null when it never started. */
      readonly course: RunCourse | null;
      /** Null when the sides never served. */
      readonly serving: Serving | null;
      /** Of the last look; null when there was none. */
      readonly verdict: RunVerdict | null;
      readonly looks?: readonly RunLook[];
    };

/** What was fixed when it started. */
export interface RunCourse {
  readonly baseline: Revision;
  readonly regions: readonly string[];
  readonly sharePct: number;
  readonly windowMs: number;
  readonly startedAtMs: number;
  readonly expiresAtMs: number;
}

/** Since when both sides serve, and where. */
export interface Serving {
  /** The start of the first window that counts. */
  readonly sinceMs: number;
  readonly nodes: readonly string[];
  /** Instances of either side that did not come up or were lost, one a node and side. */
  readonly crashes: readonly Crash[];
}

export interface Crash {
  readonly role: "canary" | "baseline";
  readonly node: string;
  readonly atMs: number;
  readonly message: string;
}

export type QueuedBehind =
  | { readonly kind: "run"; readonly id: string; readonly pull: number | null }
  | { readonly kind: "rollout" }
  | { readonly kind: "stopped"; readonly reason: string };

/** Why somebody wants it to end. */
export type RunStop =
  | { readonly kind: "closed" }
  | { readonly kind: "merged" }
  | { readonly kind: "newPush" }
  | { readonly kind: "stopped"; readonly by: string }
  /** The rollout that it was the first step of goes another way. */
  | { readonly kind: "rolloutLeft"; readonly why: string };

export type RunEnd =
  | RunStop
  /** The verdict is the judge's. */
  | { readonly kind: "judged" }
  /** A rollout or a stop of the script came first. */
  | { readonly kind: "superseded"; readonly by: string }
  /** Its file was taken out of the fleet repository by somebody else. */
  | { readonly kind: "removed" }
  /** There is nothing to compare with. */
  | { readonly kind: "refused"; readonly reason: string };

/** The course of a run that has one. */
export function courseOf(phase: RunPhase): RunCourse | null {
  return phase.kind === "queued" ? null : phase.course;
}
