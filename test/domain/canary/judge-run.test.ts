import { describe, expect, it } from "@jest/globals";
import { judgeRun } from "#domain/canary/judge-run.ts";
import type { JudgePolicy } from "#domain/canary/judge-policy.ts";
import type { RunVerdict } from "#domain/canary/verdict.ts";
import type { MetricObservation, PeriodObservation } from "#domain/canary/observations.ts";
import { events, gauge, lognormal, metric, MINUTE_MS, minutes, policyOf, START_MS } from "./canary-stream.ts";
import { RandomStream } from "./random-stream.ts";

const END_MS = START_MS + 30 * MINUTE_MS;
const LATENCY = metric("latency", "distribution", { unit: "ms" });
const ERRORS = metric("errors", "events");
const CPU = metric("cpu", "gauge", { unit: "ms" });
const ALL = policyOf([LATENCY, ERRORS, CPU]);

interface Harm {
  readonly latency?: number;
  readonly errors?: number;
  readonly cpu?: number;
}

/** A stream with everything in it, multiplied by `scale`. */
function stream(
  count: number,
  { latency = 1, errors = 1, cpu = 1 }: Harm,
  scale = 1,
  seed = 7,
): PeriodObservation[] {
  const random = new RandomStream(seed);
  return minutes(count, () => {
    const shared = random.normal();
    const cpuOf = (factor: number): number =>
      scale * 12 * factor * Math.exp(0.1 * shared + 0.1 * random.normal());
    return {
      latency: {
        kind: "distribution",
        sides: {
          canary: lognormal(random, 100, scale * 20 * latency, 0.6),
          baseline: lognormal(random, 100, scale * 20, 0.6),
        },
      },
      errors: events(random.binomial(100, 0.01 * errors), random.binomial(100, 0.01)),
      cpu: gauge(cpuOf(cpu), cpuOf(1)),
    };
  });
}

/** A script that keeps `leak` of its heap a minute, and gets slower and dearer by it. */
function leaking(leak: number, harm: Harm): PeriodObservation[] {
  const random = new RandomStream(11);
  const noise = (): number => Math.exp(0.01 * random.normal());
  return stream(10, harm).map((period, minute) => {
    const heap = gauge(20 * (1 + leak * minute) * noise(), 20 * noise());
    return { ...period, metrics: { ...period.metrics, heap } };
  });
}

describe("judgeRun", () => {
  it("passes a harmless change at the end of the run, and not before", () => {
    const periods = stream(30, {});
    expect(judgeRun({ policy: ALL, periods, nowMs: END_MS })).toMatchObject({
      phase: "decided",
      verdict: "pass",
      score: 100,
    });
    expect(
      judgeRun({ policy: ALL, periods: periods.slice(0, 20), nowMs: START_MS + 20 * MINUTE_MS }),
    ).toMatchObject({
      phase: "running",
      reason: "No regression so far.",
    });
  });

  it.each<[string, Harm]>([
    ["latency", { latency: 1.4 }],
    ["errors", { errors: 8 }],
    ["cpu", { cpu: 1.3 }],
  ])("fails for worse %s, names it first and says by how much", (name, harm) => {
    const judged = judgeRun({ policy: ALL, periods: stream(30, harm), nowMs: END_MS });
    expect(judged).toMatchObject({ phase: "decided", verdict: "fail" });
    expect(judged.score).toBeLessThan(75);
    expect(judged.metrics.map(({ verdict }) => verdict)).toEqual(["fail", "pass", "pass"]);
    expect(judged.metrics[0]).toMatchObject({ name });
    expect(judged.reason).toMatch(new RegExp(`^${name}: .* against .*\\+\\d+%`));
    expect(judged.metrics[0]?.change).toBeGreaterThan(0.2);
    expect(judged.metrics[0]?.interval?.low).toBeGreaterThan(0);
  });

  it("fails early, while the run goes on", () => {
    const [periods, nowMs] = [stream(8, { errors: 12 }), START_MS + 8 * MINUTE_MS];
    expect(judgeRun({ policy: ALL, periods, nowMs })).toMatchObject({ phase: "decided", verdict: "fail" });
  });

  it("passes early when all metrics are shown to change less than anyone would mind", () => {
    const policy = policyOf([{ ...LATENCY, concern: 0.25 }]);
    const [periods, nowMs] = [stream(20, {}), START_MS + 20 * MINUTE_MS];
    expect(judgeRun({ policy, periods, nowMs })).toMatchObject({ phase: "decided", verdict: "pass" });
  });

  it("holds a change against its tolerance", () => {
    const periods = stream(30, { latency: 1.2, cpu: 1.2 });
    const tolerant = ALL.metrics.map((one) => ({ ...one, tolerance: 0.3 }));
    expect(judgeRun({ policy: ALL, periods, nowMs: END_MS })).toMatchObject({ verdict: "fail" });
    expect(judgeRun({ policy: { ...ALL, metrics: tolerant }, periods, nowMs: END_MS })).toMatchObject({
      verdict: "pass",
    });
  });

  it("tests for a decrease where a decrease is harm, and for both where both are", () => {
    const periods = stream(30, { latency: 0.6 });
    const verdictWith = (harm: "increase" | "decrease" | "either"): string | undefined =>
      judgeRun({ policy: policyOf([{ ...LATENCY, harm }]), periods, nowMs: END_MS }).metrics[0]?.verdict;
    expect([verdictWith("increase"), verdictWith("decrease"), verdictWith("either")]).toEqual([
      "pass",
      "fail",
      "fail",
    ]);
  });

  it("finds what grows and does not level off", () => {
    const heap = metric("heap", "growth", { unit: "MB" });
    const random = new RandomStream(3);
    const noisy = (value: number): number => value * Math.exp(0.02 * random.normal());
    const periods = (growth: number): PeriodObservation[] =>
      minutes(12, (minute) => ({ heap: gauge(noisy(30 * (1 + growth * minute)), noisy(30)) }));
    const policy = policyOf([heap], { endsAtMs: START_MS + 12 * MINUTE_MS });
    const nowMs = policy.endsAtMs;
    expect(judgeRun({ policy, periods: periods(0.15), nowMs })).toMatchObject({ verdict: "fail" });
    expect(judgeRun({ policy, periods: periods(0), nowMs })).toMatchObject({ verdict: "pass" });
  });

  it("fails at once when the canary's instances crash and the baseline's do not", () => {
    const crashed = minutes(1, () => ({}), { crashes: { canary: 1, baseline: 0 } });
    const judged = judgeRun({ policy: ALL, periods: crashed, nowMs: START_MS + MINUTE_MS });
    expect(judged).toMatchObject({
      phase: "decided",
      verdict: "fail",
      metrics: [{ name: "crashes" }, {}, {}, {}],
    });
    const both = minutes(1, () => ({}), { crashes: { canary: 1, baseline: 1 } });
    expect(judgeRun({ policy: ALL, periods: both, nowMs: START_MS + MINUTE_MS })).toMatchObject({
      phase: "running",
    });
  });

  it("marks what only costs score as marginal", () => {
    const policy = policyOf([LATENCY, ERRORS, { ...CPU, critical: false, group: "cost" }], {
      groupWeights: { cost: 20 },
    });
    expect(judgeRun({ policy, periods: stream(30, { cpu: 1.3 }), nowMs: END_MS })).toMatchObject({
      phase: "decided",
      verdict: "marginal",
      score: 80,
    });
  });

  it("gives the same verdict at any scale of the values", () => {
    for (const harm of [{}, { latency: 1.4 }, { cpu: 1.3 }]) {
      const [plain, ...scaled] = [1, 1e-9, 1e9].map((scale) => {
        const judged = judgeRun({ policy: ALL, periods: stream(30, harm, scale), nowMs: END_MS });
        const { verdict } = judged.phase === "decided" ? judged : { verdict: "running" };
        return { verdict, rows: judged.metrics.map((row) => [row.name, row.verdict]) };
      });
      for (const other of scaled) expect(other).toEqual(plain);
    }
  });
});

describe("what a failing run names first", () => {
  const policy = policyOf([
    { ...LATENCY, place: "time" },
    { ...CPU, place: "work" },
    metric("heap", "growth", { unit: "MB", place: "memory" }),
    { ...ERRORS, place: "failures" },
  ]);
  const namesAfter = (periods: readonly PeriodObservation[]): string[] =>
    judgeRun({ policy, periods, nowMs: START_MS + periods.length * MINUTE_MS })
      .metrics.filter(({ verdict }) => verdict === "fail")
      .map(({ name }) => name);

  it("is the memory that makes it slow, though slowness shows before memory has its turn", () => {
    const periods = leaking(0.05, { latency: 1.8, cpu: 1.5 }).slice(0, 8);
    expect(namesAfter(periods)).toEqual(["heap", "cpu", "latency"]);
  });

  it("is the work that takes the time, and the failures before all", () => {
    expect(namesAfter(leaking(0, { latency: 1.8, cpu: 1.5 }))).toEqual(["cpu", "latency"]);
    expect(namesAfter(leaking(0.05, { latency: 1.8, cpu: 1.5, errors: 20 }))[0]).toBe("errors");
  });

  it("is the time where the work is too little to be its reason", () => {
    const slow = leaking(0, { latency: 20, cpu: 1.5 });
    expect(namesAfter(slow)).toEqual(["latency", "cpu"]);
  });

  it("is time where nothing but time is worse", () => {
    expect(namesAfter(leaking(0, { latency: 1.8 }))).toEqual(["latency"]);
  });

  it("gives gauges no look beyond the planned ones while nothing has failed", () => {
    expect(namesAfter(leaking(0.05, { cpu: 1.5 }).slice(0, 8))).toEqual([]);
  });
});

describe("judgeRun without enough to go by", () => {
  it("never passes without data", () => {
    expect(decided(ALL, [])).toMatchObject({ phase: "decided", verdict: "inconclusive", score: 0 });
    expect(
      decided(
        policyOf([]),
        minutes(30, () => ({})),
      ),
    ).toMatchObject({ verdict: "inconclusive" });
  });

  it("says what traffic is missing and how long it would take", () => {
    const few = minutes(30, () => ({ errors: events(0, 0, 2) }), { requests: { canary: 2, baseline: 3 } });
    expect(decided(policyOf([ERRORS]), few)).toMatchObject({
      verdict: "inconclusive",
      reason: "60 of 100 requests on a side.",
      missing: { requestsHave: 60, requestsNeeded: 100, aboutMs: 20 * MINUTE_MS },
    });
  });

  it("is inconclusive when traffic stops, and names the silent metric", () => {
    const judged = decided(ALL, stream(20, {}));
    expect(judged).toMatchObject({ phase: "decided", verdict: "inconclusive" });
    expect(judged.reason).toContain("no data of it in the last 10 periods");
  });

  it("is inconclusive when one source is dead, though all others are fine", () => {
    const alive = stream(30, {}).map((period) => ({
      ...period,
      metrics: { ...period.metrics, cpu: gauge(null, null) },
    }));
    expect(decided(ALL, alive)).toMatchObject({
      verdict: "inconclusive",
      reason: "cpu: There was no data of it.",
    });
    const optional = {
      ...ALL,
      metrics: ALL.metrics.map((one) => ({ ...one, required: one.name !== "cpu" })),
    };
    expect(decided(optional, alive)).toMatchObject({ verdict: "pass" });
  });

  it("is inconclusive when the split is not what it should be", () => {
    const judged = decided(
      policyOf([ERRORS]),
      minutes(30, () => ({ errors: events(0, 0) }), {
        requests: { canary: 160, baseline: 40 },
      }),
    );
    expect(judged).toMatchObject({ phase: "decided", verdict: "inconclusive" });
    expect(judged.reason).toContain("80%");
  });

  it("is inconclusive when data are of another kind than the metric", () => {
    const judged = decided(
      policyOf([LATENCY]),
      minutes(30, () => ({ latency: gauge(1, 2) })),
    );
    expect(judged).toMatchObject({ verdict: "inconclusive" });
    expect(judged.reason).toContain("could not be judged");
  });

  it.each<[string, MetricObservation]>([
    ["latency", { kind: "distribution", sides: { canary: single(900), baseline: single(1) } }],
    ["errors", events(1, 0, 1)],
    ["cpu", gauge(900, 1)],
  ])("neither fails nor passes %s by four values a side, however bad", (name, observation) => {
    const four = minutes(4, () => ({ [name]: observation }));
    const judged = decided({ ...ALL, requestsMin: 0, staleAfterMs: 30 * MINUTE_MS }, four);
    expect(judged).toMatchObject({ verdict: "inconclusive" });
    expect(judged.metrics.every(({ verdict }) => verdict === "inconclusive")).toBe(true);
  });

  it("lets the later of two reports of one period count", () => {
    const twice = minutes(30, () => ({ errors: events(90, 0) }));
    const corrected = minutes(30, () => ({ errors: events(0, 0) }));
    expect(decided(policyOf([ERRORS]), [...twice, ...corrected])).toMatchObject({ verdict: "pass" });
  });
});

function single(value: number): { values: number[]; counts: number[] } {
  return { values: [value], counts: [1] };
}

function decided(policy: JudgePolicy, periods: PeriodObservation[]): RunVerdict {
  return judgeRun({ policy, periods, nowMs: END_MS });
}
