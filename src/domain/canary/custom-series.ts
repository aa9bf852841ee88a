import type { Sides } from "./observations.ts";

/** Values of metrics that nodes do not measure, by metric and by the start of the window they are about, epoch milliseconds. */
export type CustomSeries = ReadonlyMap<string, Sides<ReadonlyMap<number, number>>>;

/** The query of one side. `$role` is all that it may leave open. */
export function sideQuery(query: string, role: "canary" | "baseline"): string {
  return query.replaceAll("$role", role);
}
