import { describe, expect, it } from "@jest/globals";
import { array, assert, constantFrom, double, property, tuple } from "fast-check";
import { readJudgeInput } from "#domain/canary/offline/judge-input.ts";
import { judgePairs } from "#domain/canary/offline/judge-pairs.ts";
import type { OfflineVerdict } from "#domain/canary/offline/offline-verdict.ts";
import { RandomStream } from "../random-stream.ts";

type Values = readonly (number | "NaN")[];

/** One metric of one group. */
function judge(experiment: Values, control: Values, canary: object = {}): OfflineVerdict {
  const read = readJudgeInput({
    canaryConfig: { metrics: [{ name: "m", groups: ["g"], analysisConfigurations: { canary } }] },
    metricSetPairs: [{ name: "m", control, experiment }],
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return judgePairs(read.input);
}

const random = new RandomStream(11);
const FLAT = Array.from({ length: 30 }, () => 100 * Math.exp(0.1 * random.normal()));
const noisy = (factor: number): number[] =>
  FLAT.map((value) => factor * value * Math.exp(0.05 * random.normal()));

describe("judging stored series by Showrunner's method", () => {
  it.each<[string, Values, Values, object, string, string]>([
    ["the same series", FLAT, FLAT, {}, "Pass", "Pass"],
    ["a little noise", noisy(1), FLAT, {}, "Pass", "Pass"],
    ["an increase", noisy(1.2), FLAT, {}, "Fail", "High"],
    ["a decrease", noisy(0.8), FLAT, {}, "Fail", "Low"],
    ["a decrease where increases are harm", noisy(0.8), FLAT, { direction: "increase" }, "Pass", "Pass"],
    [
      "an increase within what is allowed, where decreases are harm as well",
      noisy(1.2),
      FLAT,
      { effectSize: { allowedIncrease: 1.3 } },
      "Fail",
      "High",
    ],
    [
      "an increase within what is allowed, where increases are harm",
      noisy(1.2),
      FLAT,
      { direction: "increase", effectSize: { allowedIncrease: 1.3 } },
      "Pass",
      "Pass",
    ],
    ["a change of less than 1%", FLAT.map((value) => value * 1.009), FLAT, {}, "Pass", "Pass"],
    ["a constant change of more", FLAT.map((value) => value * 1.02), FLAT, {}, "Fail", "High"],
    ["a muted increase and nothing else", noisy(1.2), FLAT, { muted: true }, "Inconclusive", "High"],
    ["zeros on both sides", FLAT.map(() => 0), FLAT.map(() => 0), {}, "Pass", "Pass"],
    ["values over zeros", FLAT, FLAT.map(() => 0), {}, "Fail", "High"],
    ["missing values in between", ["NaN", ...noisy(1.2)], [5, ...FLAT], {}, "Fail", "High"],
    ["only missing values", ["NaN", "NaN"], FLAT, {}, "Inconclusive", "Nodata"],
    ["no values on a side", [], FLAT, {}, "Inconclusive", "Nodata"],
    ["four values", [9, 9, 9, 9], [1, 1, 1, 1], { critical: true }, "Inconclusive", "Inconclusive"],
    ["five values, all far higher", [9, 10, 9, 11, 10], [1, 1.1, 0.9, 1, 1], {}, "Fail", "High"],
    // Kayenta passes these; whether it was chance cannot be told from ten points in two blocks.
    [
      "seven of ten values a hundredfold",
      FLAT.slice(0, 10).map((value, at) => (at < 7 ? value * 100 : value)),
      FLAT.slice(0, 10),
      {},
      "Inconclusive",
      "Inconclusive",
    ],
  ])("%s", (_, experiment, control, canary, classification, ofMetric) => {
    const verdict = judge(experiment, control, canary);
    expect([verdict.classification, verdict.results[0]?.classification]).toEqual([classification, ofMetric]);
  });

  it("never lets the scale decide", () => {
    const value = double({ min: -1e3, max: 1e3, noNaN: true });
    assert(
      property(
        array(tuple(value, value), { minLength: 0, maxLength: 40 }),
        constantFrom(1e-9, 1e-6, 1e3, 1e9),
        (pairs, scale) => {
          const verdictAt = (by: number): unknown => {
            const { classification, results } = judge(
              pairs.map(([experiment]) => experiment * by),
              pairs.map(([, control]) => control * by),
            );
            return [classification, results[0]?.classification];
          };
          expect(verdictAt(scale)).toEqual(verdictAt(1));
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });
});
