import type { Histogram } from "../observations.ts";

/** All values of several distributions together. */
export function sumOfHistograms(histograms: readonly Histogram[]): Histogram {
  const byValue = new Map<number, number>();
  for (const { values, counts } of histograms) {
    for (const [at, value] of values.entries())
      byValue.set(value, (byValue.get(value) ?? 0) + (counts[at] ?? 0));
  }
  const values = [...byValue.keys()].toSorted((a, b) => a - b);
  return { values, counts: values.map((value) => byValue.get(value) ?? 0) };
}

/** How many values there are. */
export function countOf({ counts }: Histogram): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** How many values are above this one. */
export function countAbove({ values, counts }: Histogram, bound: number): number {
  return values.reduce((sum, value, at) => sum + (value > bound ? (counts[at] ?? 0) : 0), 0);
}

/** The least value with at least this share of all values at or below it; null for none. */
export function quantileOf(histogram: Histogram, quantile: number): number | null {
  const needed = quantile * countOf(histogram);
  let sum = 0;
  for (const [at, value] of histogram.values.entries()) {
    sum += histogram.counts[at] ?? 0;
    if (sum > 0 && sum >= needed) return value;
  }
  return null;
}
