import { describe, expect, it } from "@jest/globals";
import { lnOddsLikelihood } from "#domain/canary/evidence/exchangeable-count.ts";
import { gaugeP, pairedGauge } from "#domain/canary/evidence/paired-gauge.ts";
import { lnSampleRatioE } from "#domain/canary/evidence/sample-ratio.ts";
import { OddsEvidence } from "#domain/canary/evidence/odds-evidence.ts";
import { lnFactorial } from "#domain/canary/statistics/ln-factorial.ts";
import { RandomStream } from "../random-stream.ts";

describe("evidence", () => {
  it("weighs exceedances as Fisher's noncentral hypergeometric distribution does", () => {
    const count = { all: 200, ofCanary: 100, marked: 20, markedOfCanary: 15 };
    expect(lnOddsLikelihood(count, Math.log(1.6))).toBeCloseTo(1.853858112, 8);
  });

  it("weighs a split as the Dirichlet-multinomial does", () => {
    expect(lnSampleRatioE([60, 63, 32], [0.4, 0.4, 0.2], [1, 1, 1])).toBeCloseTo(-4.1838139824, 9);
  });

  it("tests a gauge at its first look as simulated", () => {
    const differences = Array.from(
      { length: 20 },
      (_, at) => 0.08 + 0.1 * Math.sin((at + 1) ** 2) + 0.07 * Math.sin((at + 1) / 2),
    );
    const estimate = pairedGauge(differences, null);
    expect(estimate === null ? null : gaugeP(estimate, 0)).toBeCloseTo(5.88318757e-4, 10);
  });

  it.each([
    [200, 20, 3],
    [40, 20, 37],
    [9, 1, 4],
    [2000, 1000, 900],
  ])(
    "has mean 1 over all that can happen to %d requests, %d of the canary, %d marked",
    (all, ofCanary, marked) => {
      for (const odds of [0.2, 0.9, 1.3, 4, 60]) {
        let mean = 0;
        for (let k = Math.max(0, marked - all + ofCanary); k <= Math.min(marked, ofCanary); k += 1) {
          const lnP = lnChoose(marked, k) + lnChoose(all - marked, ofCanary - k) - lnChoose(all, ofCanary);
          mean += Math.exp(
            lnP + lnOddsLikelihood({ all, ofCanary, marked, markedOfCanary: k }, Math.log(odds)),
          );
        }
        expect(mean).toBeCloseTo(1, 8);
      }
    },
  );

  it("errs no more often than it may, however often one looks", () => {
    const random = new RandomStream(41);
    let rejected = 0;
    for (let run = 0; run < 200; run += 1) {
      const evidence = new OddsEvidence([1.3, 1.7, 2.5, 4, 8, 20], 1);
      let greatest = 0;
      for (let minute = 0; minute < 60; minute += 1) {
        // The rate drifts, for both sides alike.
        const rate = 0.02 * (1.5 + Math.sin(minute / 7));
        const [x, y] = [random.binomial(50, rate), random.binomial(150, rate)];
        evidence.add({ all: 200, ofCanary: 50, marked: x + y, markedOfCanary: x });
        greatest = Math.max(greatest, evidence.lnE);
      }
      if (greatest >= Math.log(20)) rejected += 1;
    }
    expect(rejected / 200).toBeLessThanOrEqual(0.05);
  });
});

function lnChoose(n: number, k: number): number {
  return lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k);
}
