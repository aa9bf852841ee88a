import type { Sketch } from "#schemas/types.ts";
import type { Histogram } from "./observations.ts";

/**
 * The values of several sketches as one histogram, each bin at its middle: 2 g^i / (g + 1), with g = (1 + accuracy) /
 * (1 - accuracy), as DDSketch has it. Sketches of another accuracy than the first one cannot be added, and are left out.
 */
export function sketchHistogram(sketches: readonly Sketch[]): Histogram {
  const [first] = sketches;
  if (first === undefined) return { values: [], counts: [] };
  const gamma = (1 + first.accuracy) / (1 - first.accuracy);
  const bins = new Map<number, number>();
  let zeros = 0;
  for (const { accuracy, offset, counts, zeros: none } of sketches) {
    if (accuracy !== first.accuracy) continue;
    zeros += none;
    for (const [at, count] of counts.entries()) {
      if (count > 0) bins.set(offset + at, (bins.get(offset + at) ?? 0) + count);
    }
  }
  const ordered = [...bins].toSorted(([a], [b]) => a - b);
  const values = ordered.map(([bin]) => (2 * gamma ** bin) / (gamma + 1));
  const counts = ordered.map(([, count]) => count);
  return zeros > 0
    ? { values: [0, ...values], counts: [zeros, ...counts], growth: gamma }
    : { values, counts, growth: gamma };
}

/** Sum of all values and how many there are. */
export function sketchTotal(sketches: readonly Sketch[]): { readonly sum: number; readonly count: number } {
  let sum = 0;
  let count = 0;
  for (const sketch of sketches) {
    sum += sketch.sum;
    count += sketch.zeros + sketch.counts.reduce((total, next) => total + next, 0);
  }
  return { sum, count };
}
