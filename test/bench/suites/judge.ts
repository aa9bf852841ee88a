import { judgeKayenta } from "#domain/canary/kayenta/judge-kayenta.ts";
import { readJudgeInput } from "#domain/canary/offline/judge-input.ts";
import type { MetricObservation } from "#domain/canary/observations.ts";
import { RandomStream } from "../../domain/canary/random-stream.ts";
import {
  failedByShowrunner,
  gaugeSeries,
  KAYENTA_PASS,
  METRICS,
  POINTS,
  scoreByKayenta,
  type GaugeNoise,
} from "../judge/gauge-runs.ts";
import {
  asSeries,
  eventMinutes,
  isJudgedAlike,
  latencyMinutes,
  runByShowrunner,
  type EventRates,
  type MinuteSource,
  type RequestRun,
} from "../judge/request-runs.ts";
import { median, rounded, type BenchResult, type SuiteOptions } from "../report.ts";

/** So many runs a figure: the standard error of a share of 5% is half a point. */
const RUNS = 2000;
/** Of these the judge itself is asked, too. */
const RUNS_CHECKED = 20;
const SEED = 20_260_504;
const DAY_MINUTES = 1440;

const PLAIN: GaugeNoise = { correlation: 0, whitePart: 0, sharedPart: 0, historyMinutes: 0 };
/** Harmless runs: eight metrics of lognormal noise, standard deviation .2, 60 minutes. */
const HARMLESS: Readonly<Record<string, GaugeNoise>> = {
  ar0: PLAIN,
  ar3: { ...PLAIN, correlation: 0.3 },
  ar6: { ...PLAIN, correlation: 0.6 },
  ar9: { ...PLAIN, correlation: 0.9 },
  "ar9-noise-history": { ...PLAIN, correlation: 0.9, whitePart: 0.5, historyMinutes: DAY_MINUTES },
};

const SHARED: GaugeNoise = { ...PLAIN, sharedPart: 0.5 };
/** One of the eight metrics is higher by this factor; half of the noise is in both sides. */
const HIGHER: Readonly<Record<string, { readonly factor: number; readonly noise: GaugeNoise }>> = {
  "cpu-10": { factor: 1.1, noise: SHARED },
  "cpu-10-history": { factor: 1.1, noise: { ...SHARED, historyMinutes: DAY_MINUTES / 2 } },
  "cpu-20-ar3": { factor: 1.2, noise: { ...SHARED, correlation: 0.3 } },
};

/** `requests` a minute on each side, and the shares of the baseline and of the canary. */
function rates(requests: number, baseline: number, canary: number, ofCanary = requests): EventRates {
  return {
    canary: { requests: ofCanary, share: canary },
    baseline: { requests, share: baseline },
  };
}

const REQUESTS: Readonly<Record<string, (random: RandomStream) => MinuteSource>> = {
  "errors-0.5-2": (random) => eventMinutes(random, rates(100, 0.005, 0.02)),
  "errors-0-1": (random) => eventMinutes(random, rates(100, 0, 0.01)),
  "errors-1-20-low": (random) => eventMinutes(random, rates(5, 0.01, 0.2)),
  "errors-split": (random) => eventMinutes(random, rates(180, 0.005, 0.02, 20)),
  "latency-20": (random) => latencyMinutes(random, { sigma: 0.6, factor: 1.2 }),
  "latency-20-wide": (random) => latencyMinutes(random, { sigma: 1, factor: 1.2 }),
  "tail-1-3": (random) => eventMinutes(random, rates(100, 0.01, 0.03)),
};
/** The same without harm. */
const HARMLESS_REQUESTS: Readonly<Record<string, (random: RandomStream) => MinuteSource>> = {
  errors: (random) => eventMinutes(random, rates(100, 0.01, 0.01)),
  latency: (random) => latencyMinutes(random, { sigma: 0.6, factor: 1 }),
};

/**
 * How often harmless runs fail and how soon bad ones are found, by Showrunner with its defaults and by Kayenta, on the
 * same seeded streams: eight metrics share an alpha of .05; counts and latency are looked at every minute, gauges at
 * three planned looks; Kayenta judges once, after 60 minutes. The seeds are fixed, so the figures are the same each time.
 */
export async function judgeSuite({ rounds, log }: SuiteOptions): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  const add = (more: readonly BenchResult[]): void => {
    results.push(...more);
    log(more.map(({ name, value, unit }) => `${name} ${value} ${unit}`).join(", "));
  };
  for (const [name, noise] of Object.entries(HARMLESS)) add(wrongFails(name, noise));
  for (const [name, source] of Object.entries(HARMLESS_REQUESTS)) add(wrongRequestFails(name, source));
  add(wrongMixedFails());
  for (const [name, { factor, noise }] of Object.entries(HIGHER)) add(gaugeDetection(name, factor, noise));
  for (const [name, source] of Object.entries(REQUESTS)) add(requestDetection(name, source));
  add([judgementTime(rounds)]);
  return results;
}

function wrongFails(name: string, noise: GaugeNoise): BenchResult[] {
  const random = new RandomStream(SEED);
  let [ours, kayenta] = [0, 0];
  for (let run = 0; run < RUNS; run += 1) {
    const series = Array.from({ length: METRICS }, () => gaugeSeries(random, noise, 1));
    if (failedByShowrunner(series).length > 0) ours += 1;
    if (scoreByKayenta(series) < KAYENTA_PASS) kayenta += 1;
  }
  return [
    share(`aa-wrong-fail-${name}`, ours, "lower"),
    share(`kayenta-aa-wrong-fail-${name}`, kayenta, "lower"),
  ];
}

function wrongRequestFails(name: string, source: (random: RandomStream) => MinuteSource): BenchResult[] {
  const { found } = requestRuns(source);
  return [share(`aa-wrong-fail-${name}`, found, "lower")];
}

/** Errors and latency, looked at every minute, beside six gauges of autocorrelation .6. */
function wrongMixedFails(): BenchResult[] {
  const noise = HARMLESS["ar6"] ?? PLAIN;
  let [ours, kayenta] = [0, 0];
  for (let at = 0; at < RUNS; at += 1) {
    const random = new RandomStream(SEED + at);
    const gauges = Array.from({ length: METRICS - 2 }, () => gaugeSeries(random, noise, 1));
    const sources = Object.values(HARMLESS_REQUESTS).map((source) => source(random));
    const runs = sources.map((next) => ({ next, run: runByShowrunner(next) }));
    if (failedByShowrunner(gauges).length > 0 || runs.some(({ run }) => run.failedAt !== null)) ours += 1;
    const series = runs.map(({ next, run }) => asSeries(wholeRun(run, next)));
    if (scoreByKayenta([...gauges, ...series]) < KAYENTA_PASS) kayenta += 1;
  }
  return [
    share("aa-wrong-fail-mixed", ours, "lower"),
    share("kayenta-aa-wrong-fail-mixed", kayenta, "lower"),
  ];
}

function gaugeDetection(name: string, factor: number, noise: GaugeNoise): BenchResult[] {
  const random = new RandomStream(SEED);
  let [ours, kayenta] = [0, 0];
  for (let run = 0; run < RUNS; run += 1) {
    const series = [gaugeSeries(random, noise, factor)];
    if (failedByShowrunner(series).length > 0) ours += 1;
    if (scoreByKayenta(series) < KAYENTA_PASS) kayenta += 1;
  }
  return [share(`detect-${name}`, ours, "higher"), share(`kayenta-detect-${name}`, kayenta, "higher")];
}

function requestDetection(name: string, source: (random: RandomStream) => MinuteSource): BenchResult[] {
  const { found, delays, foundByKayenta } = requestRuns(source);
  return [
    share(`detect-${name}`, found, "higher"),
    { name: `delay-${name}`, value: median(delays), unit: "minutes", better: "lower" },
    share(`kayenta-detect-${name}`, foundByKayenta, "higher"),
  ];
}

interface RequestRuns {
  readonly found: number;
  /** Minutes; those that are not found count as the whole run. */
  readonly delays: readonly number[];
  readonly foundByKayenta: number;
}

function requestRuns(source: (random: RandomStream) => MinuteSource): RequestRuns {
  const delays: number[] = [];
  let [found, foundByKayenta] = [0, 0];
  for (let at = 0; at < RUNS; at += 1) {
    const next = source(new RandomStream(SEED + at));
    const run = runByShowrunner(next);
    if (at < RUNS_CHECKED && !isJudgedAlike(run))
      throw new Error("the judge does not say what its evidence says");
    if (run.failedAt !== null) found += 1;
    delays.push(run.failedAt ?? POINTS);
    if (scoreByKayenta([asSeries(wholeRun(run, next))]) < KAYENTA_PASS) foundByKayenta += 1;
  }
  return { found, delays, foundByKayenta };
}

/** All minutes, also those after a failure, as Kayenta sees them. */
function wholeRun({ seen }: RequestRun, next: MinuteSource): MetricObservation[] {
  return [...seen, ...Array.from({ length: POINTS - seen.length }, next)];
}

/** Milliseconds for one judgement of 20 metrics with 60 points in Kayenta mode, from the parsed document on. */
function judgementTime(rounds: number): BenchResult {
  const document = documentOf(20);
  const times: number[] = [];
  for (let round = 0; round < Math.max(rounds, 1) * 20; round += 1) {
    const startMs = performance.now();
    const read = readJudgeInput(document);
    if (!read.ok) throw new Error("the benchmark's own input is wrong");
    judgeKayenta(read.input);
    times.push(performance.now() - startMs);
  }
  return { name: "judgement-ms", value: rounded(median(times)), unit: "ms", better: "lower" };
}

function documentOf(metrics: number): unknown {
  const random = new RandomStream(SEED);
  const pairs = Array.from({ length: metrics }, (_, at) => {
    const { canary, baseline } = gaugeSeries(random, PLAIN, 1 + at / 50);
    return { name: `metric-${at}`, control: baseline, experiment: canary };
  });
  return {
    canaryConfig: { metrics: pairs.map(({ name }) => ({ name, groups: ["all"] })) },
    metricSetPairs: pairs,
  };
}

function share(name: string, count: number, better: BenchResult["better"]): BenchResult {
  return { name, value: rounded(count / RUNS), unit: "share", better };
}
