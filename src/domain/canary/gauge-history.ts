import type { MetricRange } from "../ports.ts";
import type { LabelledSeries } from "./scraped-series.ts";

/** By metric: ln(one side / other side) a period, without gaps, of two sides that ran the same revision. */
export type GaugeHistory = Readonly<Record<string, readonly number[]>>;

/**
 * How two halves of the nodes that ran one revision differed, a mean of what was counted in each period: the noise that a
 * canary has beside its baseline, without a canary. Sums and counts are counters by node. The latest stretch without a
 * gap; empty for fewer than two nodes.
 */
export function halvesHistory(
  sums: readonly LabelledSeries[],
  counts: readonly LabelledSeries[],
  { startMs, endMs, stepMs }: MetricRange,
): number[] {
  const nodes = [...new Set(counts.map(({ labels }) => labels["node"] ?? ""))].toSorted();
  const halfOf = new Map(nodes.map((node, at) => [node, at % 2]));
  const growth = (series: readonly LabelledSeries[], half: number, fromMs: number): number =>
    series
      .filter(({ labels }) => halfOf.get(labels["node"] ?? "") === half)
      .reduce((sum, { values }) => sum + grown(values.get(fromMs), values.get(fromMs + stepMs)), 0);
  let stretch: number[] = [];
  for (let fromMs = startMs; fromMs + stepMs <= endMs; fromMs += stepMs) {
    const [one, other] = [0, 1].map((half) => growth(sums, half, fromMs) / growth(counts, half, fromMs));
    const difference = Math.log((one ?? NaN) / (other ?? NaN));
    if (Number.isFinite(difference)) stretch.push(difference);
    else stretch = [];
  }
  return stretch;
}

/** How much a counter grew; nothing where it was not seen at both ends. One that started anew grew from nothing. */
function grown(before: number | undefined, after: number | undefined): number {
  if (before === undefined || after === undefined) return 0;
  return after >= before ? after - before : after;
}
