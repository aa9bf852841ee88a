import type { MetricWindow } from "#schemas/types.ts";

/** What one node counted on one side of a run in one window. */
export interface Measurement {
  readonly role: "canary" | "baseline";
  readonly node: string;
  readonly region: string;
  /** By the node's clock, epoch milliseconds. */
  readonly startMs: number;
  readonly counts: WindowCounts;
}

/** A window of a node report without its start. */
export type WindowCounts = Omit<MetricWindow, "startedAt">;
