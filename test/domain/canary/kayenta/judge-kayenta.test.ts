import { describe, expect, it } from "@jest/globals";
import { judgeKayenta } from "#domain/canary/kayenta/judge-kayenta.ts";
import { readJudgeInput } from "#domain/canary/offline/judge-input.ts";
import type { OfflineResult, OfflineVerdict } from "#domain/canary/offline/offline-verdict.ts";

type Json = unknown;

const LOW = [1, 2.2, 1.1, 2.5, 3];
const HIGH = [20, 22, 21, 25, 30];
const UP = Array.from({ length: 12 }, (_, at) => at + 1);
const shifted = (by: number): number[] => UP.map((value) => value + by);
const times = (factor: number): number[] => UP.map((value) => value * factor);
const inMillionths = (values: readonly number[]): number[] => values.map((value) => value * 1e-6);
const same = (value: number, count = 5): number[] => Array.from({ length: count }, () => value);
const NAN = "NaN";

function judge(input: Json): OfflineVerdict {
  const read = readJudgeInput(input);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return judgeKayenta(read.input);
}

/** One metric alone, with what its analysisConfigurations.canary says. */
function judgeOne(experiment: Json, control: Json, canary: Json, options: Json = {}): OfflineResult {
  const metrics = [{ name: "m", groups: ["g"], analysisConfigurations: { canary } }];
  const verdict = judge({
    canaryConfig: { metrics, classifier: { groupWeights: { g: 100 } } },
    metricSetPairs: [{ name: "m", control, experiment }],
    options,
  });
  const [result] = verdict.results;
  if (result === undefined) throw new Error("no result");
  return result;
}

const replace = { nanStrategy: "replace" };
const critical = { critical: true };
const limits = (effectSize: Json, more: object = {}): object => ({ ...more, effectSize });

describe("NetflixACAJudge on one metric", () => {
  it.each<[string, Json, Json, Json, string, boolean]>([
    // Differences and directions.
    ["a clear increase", HIGH, LOW, {}, "High", false],
    ["a clear increase, where increases matter", HIGH, LOW, { direction: "increase" }, "High", false],
    ["a clear increase, where decreases matter", HIGH, LOW, { direction: "decrease" }, "Pass", false],
    ["a clear decrease", LOW, HIGH, {}, "Low", false],
    ["a clear decrease, where decreases matter", LOW, HIGH, { direction: "decrease" }, "Low", false],
    ["a clear decrease, where increases matter", LOW, HIGH, { direction: "increase" }, "Pass", false],
    ["a direction that is not known", LOW, HIGH, { direction: "sideways" }, "Low", false],
    ["overlapping samples", shifted(1), UP, {}, "Pass", false],
    ["a shift of about the sample's range", shifted(10), UP, {}, "High", false],
    ["negative values that rise: their ratio says otherwise", shifted(-20), shifted(-40), {}, "Pass", false],
    [
      "negative values that rise, allowed by ratio",
      shifted(-20),
      shifted(-40),
      limits({ allowedIncrease: 0.1 }),
      "High",
      false,
    ],
    ["sides of different length", shifted(20), [1, 2, 3, 4, 5, 6], {}, "High", false],
    // Equal and tied values.
    ["identical samples", UP, UP, critical, "Pass", false],
    ["the same values in another order", UP.toReversed(), UP, critical, "Pass", false],
    ["one value everywhere", same(1, 3), same(1, 2), critical, "Pass", false],
    ["zeros everywhere", same(0), same(0), critical, "Pass", false],
    ["two constants, higher", same(10), same(1), {}, "High", false],
    ["two constants, lower", same(1), same(10), {}, "Low", false],
    ["a constant over zeros", same(10), same(0), {}, "High", false],
    ["zeros under a constant", same(0), same(10), {}, "Low", false],
    ["a negative constant under a positive one", same(-10), same(10), {}, "Low", false],
    ["constants a millionth apart", same(1.000001), same(1), {}, "Pass", false],
    ["one other value among equal ones", [0, 1, 1, 1, 1], same(1), {}, "Pass", false],
    ["one outlier among equal ones", [1, 1, 1, 1, 10], same(1), {}, "Pass", false],
    ["mostly tied samples", [1, 1, 1, 2, 2, 2, 2, 2], [1, 1, 1, 1, 1, 2, 2, 2], {}, "Pass", false],
    ["a constant against a spread above it", shifted(20), same(5, 12), {}, "High", false],
    // Tiny samples.
    ["one value each, alike in size", [5], [3], critical, "Error", false],
    ["two values each, apart", [10, 11], [1, 2], {}, "High", false],
    ["two values each, overlapping", [1, 3], [2, 4], {}, "Pass", false],
    ["three values each, apart", [10, 11, 12], [1, 2, 3], {}, "High", false],
    ["three values each, apart by little", [3.2, 4, 9], [1, 2, 3], {}, "Pass", false],
    // Missing values.
    ["NaN on both sides", [NAN, ...HIGH], [...LOW, NAN], {}, "High", false],
    ["null for NaN", [null, ...HIGH], [...LOW, null], {}, "High", false],
    ["NaN replaced with zero", [NAN, NAN, NAN, NAN, NAN], same(10), replace, "Low", false],
    ["NaN on both sides, replaced", [NAN, NAN], [NAN], replace, "Pass", false],
    ["a NaN strategy that is not known", [NAN], UP, { nanStrategy: "ignore" }, "Nodata", false],
    ["no canary values", [], UP, {}, "Nodata", false],
    ["no baseline values", UP, [], {}, "Nodata", false],
    ["no values at all", [], [], {}, "Nodata", false],
    ["only NaN", [NAN, NAN], UP, {}, "Nodata", false],
    ["no values, critical", [], UP, critical, "Nodata", true],
    ["no values, which must be there", [], UP, { mustHaveData: true }, "NodataFailMetric", false],
    ["no values, which must be there, critical", [], UP, { mustHaveData: true, ...critical }, "Nodata", true],
    ["no values, replaced", [], UP, replace, "Pass", false],
    [
      "no values, replaced, critical and needed",
      [],
      UP,
      { ...replace, ...critical, mustHaveData: true },
      "Pass",
      false,
    ],
    // Outliers.
    ["outliers, kept", [...UP, 900, 900, 900, 900, 900, 900, 900, 900], UP, {}, "Pass", false],
    [
      "an outlier that turns the mean, removed",
      [...times(0.99), 1e6],
      times(0.99),
      { outliers: { strategy: "remove" } },
      "Pass",
      false,
    ],
    ["an outlier strategy that is not known", HIGH, LOW, { outliers: { strategy: "hide" } }, "High", false],
    // Effect sizes.
    ["an increase below what is allowed", HIGH, LOW, limits({ allowedIncrease: 13 }), "Pass", false],
    ["an increase above what is allowed", HIGH, LOW, limits({ allowedIncrease: 5 }), "High", false],
    ["an increase of exactly what is allowed", times(4), UP, limits({ allowedIncrease: 4 }), "High", false],
    ["a decrease within what is allowed", LOW, HIGH, limits({ allowedDecrease: 0.05 }), "Pass", false],
    ["a decrease beyond what is allowed", LOW, HIGH, limits({ allowedDecrease: 0.5 }), "Low", false],
    [
      "an effect that cannot be told",
      [54.9, 54.5, 55.1, 55.6, 57.4],
      same(0),
      limits({ allowedIncrease: 99 }),
      "High",
      false,
    ],
    [
      "all values above, by common language",
      HIGH,
      LOW,
      limits({ measure: "cles", allowedIncrease: 1 }),
      "High",
      false,
    ],
    [
      "all values below, by common language",
      LOW,
      HIGH,
      limits({ measure: "cles", allowedDecrease: 0 }),
      "Low",
      false,
    ],
    [
      "not all values above, by common language",
      [...HIGH, 2.1],
      LOW,
      limits({ measure: "cles", allowedIncrease: 0.99 }),
      "Pass",
      false,
    ],
    ["a measure that is not known", HIGH, LOW, limits({ measure: "cohen" }), "High", false],
    // Criticality.
    ["critical and high", HIGH, LOW, critical, "High", true],
    ["critical and low", LOW, HIGH, critical, "Low", true],
    [
      "critical, high, below the critical increase",
      HIGH,
      LOW,
      limits({ criticalIncrease: 13 }, critical),
      "High",
      false,
    ],
    [
      "critical, high, above the critical increase",
      HIGH,
      LOW,
      limits({ criticalIncrease: 12 }, critical),
      "High",
      true,
    ],
    [
      "critical, low, within the critical decrease",
      LOW,
      HIGH,
      limits({ criticalDecrease: 0.01 }, critical),
      "Low",
      false,
    ],
    [
      "critical, low, beyond the critical decrease",
      LOW,
      HIGH,
      limits({ criticalDecrease: 0.5 }, critical),
      "Low",
      true,
    ],
    [
      "critical, with an effect that cannot be told",
      HIGH,
      same(0),
      limits({ criticalIncrease: 99 }, critical),
      "High",
      true,
    ],
    ["critical and passing", shifted(1), UP, critical, "Pass", false],
    ["flags written as text", HIGH, LOW, { critical: "true" }, "High", true],
  ])("%s", (_, experiment, control, canary, classification, isCritical) => {
    expect(judgeOne(experiment, control, canary)).toMatchObject({ classification, critical: isCritical });
  });

  it("misses what Kayenta misses: small units, and most points a hundredfold", () => {
    expect(judgeOne(shifted(7), UP, {}).classification).toBe("High");
    expect(judgeOne(inMillionths(shifted(7)), inMillionths(UP), {}).classification).toBe("Pass");
    const ten = Array.from({ length: 10 }, (_, at) => 1 + at / 100);
    const spoilt = ten.map((value, at) => (at < 7 ? value * 100 : value));
    expect(judgeOne(spoilt, ten, {}).classification).toBe("Pass");
  });

  it("removes outliers by percentiles of type 7 and keeps what lies on the fence", () => {
    // Of 1..100 and one more the 99th percentile is 100: what lies above it is out, itself not.
    const many = Array.from({ length: 100 }, (_, at) => at + 1);
    const outliers = { strategy: "remove", outlierFactor: 0.1 };
    const result = judgeOne([...many, 5000], many, { outliers });
    expect(result.effectSize).toBeCloseTo(50.5 / 50.5, 1);
    expect(judgeOne([...many, 5000], many, {}).effectSize).toBeCloseTo((5050 + 5000) / 101 / 50.5, 12);
  });
});

describe("NetflixACAJudge's numbers", () => {
  it.each<[string, number[], number[], number, number, number, number]>([
    // At 95% R 4 gives the same for wilcox.test(x, y, exact = FALSE, conf.int = TRUE).
    ["few apart", [10, 20, 30, 40], [1, 2, 3, 4], 0.95, 6, 39, 22.5],
    // No shift between the extreme differences is rejected.
    ["two each", [1, 3], [2, 4], 0.98, -3, 1, -1],
    ["constant against spread", same(5, 5), [1, 2, 3, 4, 7], 0.98, -2, 4, 2],
    // Shifted by 4 the U statistic is 112 of 144, z 2.28 with its ties; by a little more 116, z 2.51.
    ["a shift alone", shifted(100), UP, 0.98, 96, 104, 100],
  ])("%s", (_, experiment, control, confLevel, lower, upper, estimate) => {
    const result = judgeOne(experiment, control, {}, { confLevel });
    expect(result.ciLower).toBeCloseTo(lower, 3);
    expect(result.ciUpper).toBeCloseTo(upper, 3);
    expect(result.estimate).toBeCloseTo(estimate, 3);
  });

  it("has an effect of 1, or of one half, where nothing is compared, and none where it cannot be told", () => {
    expect(judgeOne(UP, UP, {})).toMatchObject({ effectSize: 1, ciLower: null, estimate: null });
    expect(judgeOne(UP, UP, limits({ measure: "cles" })).effectSize).toBe(0.5);
    expect(judgeOne(HIGH, same(0), {}).effectSize).toBeNull();
  });

  it("gives reasons in Kayenta's words", () => {
    expect(judgeOne(HIGH, LOW, critical).reason).toBe("The metric m was classified as High (Critical)");
    expect(judgeOne(HIGH, LOW, {}).reason).toBe("m was classified as High");
    expect(judgeOne([], UP, {}).reason).toBe("Missing data for m");
    expect(judgeOne(UP, UP, {}).reason).toBe("The Canary and Baseline data are identical");
    expect(judgeOne(shifted(1), UP, {}).reason).toBeNull();
  });
});

/** Metrics by what they will be classified as: +pass, +high, -nodata and so on, with their groups. */
type Sample = readonly [
  kind: "pass" | "high" | "low" | "nodata" | "needed" | "error",
  groups: Json,
  canary?: object,
];

const VALUES = {
  pass: [UP, UP],
  high: [HIGH, LOW],
  low: [LOW, HIGH],
  nodata: [[], UP],
  needed: [[], UP],
  error: [[5], [3]],
} as const;

function score(
  samples: readonly Sample[],
  groupWeights: Json,
  thresholds: Json = { pass: 95, marginal: 75 },
) {
  const metrics = samples.map(([kind, groups, canary = {}], at) => ({
    name: `${kind}-${at}`,
    groups,
    analysisConfigurations: { canary: { mustHaveData: kind === "needed", ...canary } },
  }));
  const metricSetPairs = samples.map(([kind], at) => {
    const [experiment, control] = VALUES[kind];
    return { name: `${kind}-${at}`, experiment, control };
  });
  return judge({ canaryConfig: { metrics, classifier: { groupWeights } }, thresholds, metricSetPairs });
}

describe("NetflixACAJudge's score", () => {
  it.each<[string, readonly Sample[], Json, number, string]>([
    ["one passing", [["pass", ["a"]]], {}, 100, "Pass"],
    ["one failing", [["high", ["a"]]], {}, 0, "Fail"],
    [
      "half a group",
      [
        ["pass", ["a"]],
        ["high", ["a"]],
      ],
      {},
      50,
      "Fail",
    ],
    [
      "a third of a group",
      [
        ["pass", ["a"]],
        ["high", ["a"]],
        ["low", ["a"]],
      ],
      {},
      33.33,
      "Fail",
    ],
    [
      "two thirds of a group",
      [
        ["pass", ["a"]],
        ["pass", ["a"]],
        ["low", ["a"]],
      ],
      {},
      66.67,
      "Fail",
    ],
    [
      "weights 75 and 25",
      [
        ["pass", ["a"]],
        ["pass", ["a"]],
        ["high", ["b"]],
      ],
      { a: 75, b: 25 },
      75,
      "Marginal",
    ],
    [
      "weights as text",
      [
        ["pass", ["a"]],
        ["high", ["b"]],
      ],
      { a: "80", b: "20" },
      80,
      "Marginal",
    ],
    [
      "equal weights",
      [
        ["pass", ["a"]],
        ["high", ["a"]],
        ["high", ["b"]],
      ],
      { a: 50, b: 50 },
      25,
      "Fail",
    ],
    [
      "a third of a light group",
      [
        ["high", ["a"]],
        ["low", ["a"]],
        ["pass", ["a"]],
        ["high", ["b"]],
      ],
      { a: 15, b: 85 },
      5,
      "Fail",
    ],
    [
      "groups without weights share the rest",
      [
        ["pass", ["a"]],
        ["high", ["b"]],
        ["pass", ["c"]],
      ],
      { a: 40 },
      70,
      "Fail",
    ],
    [
      "all weights given away leave nothing",
      [
        ["pass", ["a"]],
        ["high", ["b"]],
      ],
      { a: 100 },
      100,
      "Pass",
    ],
    ["a weight for an absent group is lost", [["pass", ["a"]]], { a: 60, z: 40 }, 60, "Fail"],
    [
      "a metric in two groups counts in both",
      [
        ["pass", ["a", "b"]],
        ["high", ["b"]],
      ],
      { a: 50, b: 50 },
      75,
      "Marginal",
    ],
    [
      "a group written as text",
      [
        ["pass", "a"],
        ["high", "b"],
      ],
      { a: 90, b: 10 },
      90,
      "Marginal",
    ],
    [
      "a metric of no group counts nowhere",
      [
        ["pass", ["a"]],
        ["high", []],
      ],
      {},
      100,
      "Pass",
    ],
    ["no group at all", [["pass", undefined]], {}, 0, "Fail"],
    [
      "a group without data counts in full",
      [
        ["pass", ["a"]],
        ["pass", ["a"]],
        ["nodata", ["b"]],
      ],
      {},
      100,
      "Pass",
    ],
    [
      "nodata is left out of its group",
      [
        ["pass", ["a"]],
        ["nodata", ["a"]],
        ["high", ["b"]],
      ],
      { a: 50, b: 50 },
      50,
      "Fail",
    ],
    [
      "needed data that is missing fails",
      [
        ["pass", ["a"]],
        ["needed", ["a"]],
      ],
      {},
      50,
      "Fail",
    ],
    [
      "half without data fails all",
      [
        ["pass", ["a"]],
        ["nodata", ["b"]],
      ],
      {},
      0,
      "Fail",
    ],
    [
      "less than half without data does not",
      [
        ["pass", ["a"]],
        ["pass", ["a"]],
        ["nodata", ["a"]],
      ],
      {},
      100,
      "Pass",
    ],
    [
      "errors are left out",
      [
        ["pass", ["a"]],
        ["error", ["a"]],
      ],
      {},
      100,
      "Pass",
    ],
    [
      "a critical failure fails all",
      [
        ["pass", ["a"]],
        ["high", ["b"], critical],
      ],
      { a: 99, b: 1 },
      0,
      "Fail",
    ],
    [
      "a critical pass does not",
      [
        ["low", ["a"]],
        ["pass", ["a"], critical],
      ],
      {},
      50,
      "Fail",
    ],
    [
      "critical nodata fails all",
      [
        ["pass", ["a"]],
        ["pass", ["a"]],
        ["nodata", ["a"], critical],
      ],
      {},
      0,
      "Fail",
    ],
    [
      "a muted failure does not count",
      [
        ["pass", ["a"]],
        ["high", ["a"], { muted: true }],
      ],
      {},
      100,
      "Pass",
    ],
    [
      "a muted critical failure does not count",
      [
        ["pass", ["a"]],
        ["high", ["a"], { muted: true, critical: true }],
      ],
      {},
      100,
      "Pass",
    ],
    [
      "muted metrics without data do not count",
      [
        ["pass", ["a"]],
        ["nodata", ["a"], { muted: true }],
      ],
      {},
      100,
      "Pass",
    ],
    ["all muted", [["pass", ["a"], { muted: true }]], {}, 0, "Fail"],
    ["nothing to judge", [], { a: 100 }, 0, "Fail"],
  ])("%s", (_, samples, weights, expected, classification) => {
    expect(score(samples, weights)).toMatchObject({ score: expected, classification });
  });

  it.each([
    [{ pass: 75, marginal: 50 }, "Pass"],
    [{ pass: 75.01, marginal: 75 }, "Marginal"],
    [{ pass: 90, marginal: 76 }, "Fail"],
  ])("is held against %j", (thresholds, classification) => {
    const samples: Sample[] = [
      ["pass", ["a"]],
      ["high", ["b"]],
    ];
    expect(score(samples, { a: 75, b: 25 }, thresholds)).toMatchObject({ score: 75, classification });
  });

  it("falls back to the config's thresholds, and then to those of Kayenta's examples", () => {
    const metricSetPairs = [{ name: "m", experiment: HIGH, control: LOW }];
    const metrics = [{ name: "m", groups: ["g"] }];
    const classified = (classifier: Json): string =>
      judge({ canaryConfig: { metrics, classifier }, metricSetPairs }).classification;
    expect(classified({ scoreThresholds: { pass: 0, marginal: 0 } })).toBe("Pass");
    expect(classified({ scoreThresholds: { pass: 50, marginal: 0 } })).toBe("Marginal");
    expect(classified(undefined)).toBe("Fail");
  });
});
