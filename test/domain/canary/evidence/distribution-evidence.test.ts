import { describe, expect, it } from "@jest/globals";
import { DistributionEvidence } from "#domain/canary/evidence/distribution-evidence.ts";
import type { Histogram } from "#domain/canary/observations.ts";
import { lognormal } from "../canary-stream.ts";
import { RandomStream } from "../random-stream.ts";

const GROWTH = 1.01 / 0.99;

/** The same values as a sketch of 1% accuracy has them. */
function sketched({ values, counts }: Histogram): Histogram {
  const bins = new Map<number, number>();
  for (const [at, value] of values.entries()) {
    const bin = Math.ceil(Math.log(value) / Math.log(GROWTH));
    bins.set(bin, (bins.get(bin) ?? 0) + (counts[at] ?? 0));
  }
  const ordered = [...bins].toSorted(([a], [b]) => a - b);
  return {
    values: ordered.map(([bin]) => (2 * GROWTH ** bin) / (GROWTH + 1)),
    counts: ordered.map(([, count]) => count),
    growth: GROWTH,
  };
}

/** How many of the runs of 30 minutes reach an e-value of 20. */
function rejected(
  runs: number,
  tolerated: number,
  minute: (random: RandomStream, at: number) => [Histogram, Histogram],
) {
  let count = 0;
  for (let run = 0; run < runs; run += 1) {
    const random = new RandomStream(run);
    const evidence = new DistributionEvidence(tolerated);
    for (let at = 0; at < 30; at += 1) {
      const [canary, baseline] = minute(random, at);
      evidence.add({ canary, baseline });
      if (evidence.lnE < Math.log(20)) continue;
      count += 1;
      break;
    }
  }
  return count;
}

/** Six requests in a hundred take half a second longer. */
function withTail(random: RandomStream): Histogram {
  const { values, counts } = lognormal(random, 100, 20, 0.4);
  return {
    values: values.map((value) => (random.uniform() < 0.06 ? 500 + value : value)).toSorted((a, b) => a - b),
    counts,
  };
}

describe("evidence from distributions", () => {
  it("is not fooled by a level that drifts for both sides, nor by unequal shares", () => {
    const wrong = rejected(100, 1, (random, at) => {
      const median = 20 * (2 + Math.sin(at / 3));
      return [lognormal(random, 20, median, 0.6), lognormal(random, 80, median, 0.6)];
    });
    expect(wrong).toBeLessThanOrEqual(5);
  });

  it("takes what is tolerated for no harm, also between the bins of a sketch", () => {
    for (const view of [(histogram: Histogram) => histogram, sketched]) {
      const wrong = rejected(20, 1.1, (random) => [
        view(lognormal(random, 500, 22, 0.2)),
        view(lognormal(random, 500, 20, 0.2)),
      ]);
      expect(wrong).toBeLessThanOrEqual(1);
    }
  });

  it("finds more than is tolerated, and a tail that leaves the middle alone", () => {
    const slower = rejected(20, 1.1, (random) => [
      lognormal(random, 100, 28, 0.4),
      lognormal(random, 100, 20, 0.4),
    ]);
    expect(slower).toBe(20);
    const tail = rejected(20, 1, (random) => [withTail(random), lognormal(random, 100, 20, 0.4)]);
    expect(tail).toBe(20);
  });

  it("finds nothing where all values are equal or one side has none", () => {
    const evidence = new DistributionEvidence(1);
    const equal = { values: [5], counts: [50] };
    evidence.add({ canary: equal, baseline: equal });
    evidence.add({ canary: { values: [], counts: [] }, baseline: equal });
    expect(evidence.lnE).toBe(0);
  });
});
