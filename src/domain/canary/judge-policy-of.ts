import type { MetricPolicy as MetricSource } from "#schemas/types.ts";
import type { CanaryPolicy } from "./canary-policy.ts";
import type { GaugeHistory } from "./gauge-history.ts";
import type { JudgePolicy, MetricPolicy } from "./judge-policy.ts";
import type { RunCourse, Serving } from "./run.ts";

/** One run in twenty with a harmless change may be failed at most. */
const alpha = 0.05;
/** Nodes report every five seconds; the last windows must be in before the run's end, milliseconds. */
const reportLagMs = 7_000;
const staleAfterMsMin = 15_000;

type BuiltIn = Omit<MetricPolicy, "name" | "history">;

const shared = { harm: "increase", tolerance: 0.05, concern: 0.5, required: true } as const;

/** What nodes measure by themselves; names as the observations have them. */
const builtIns = {
  errors: {
    ...shared,
    label: "errors",
    kind: "events",
    unit: "",
    critical: true,
    place: "failures",
    group: "errors",
  },
  latency: {
    ...shared,
    label: "latency",
    kind: "distribution",
    unit: "ms",
    critical: true,
    place: "time",
    group: "latency",
  },
  cpu: {
    ...shared,
    label: "CPU a request",
    kind: "gauge",
    unit: "ms",
    tolerance: 0.1,
    critical: true,
    place: "work",
    group: "cpu",
  },
  memory: {
    ...shared,
    label: "memory",
    kind: "growth",
    unit: "MB",
    tolerance: 0.1,
    critical: true,
    required: false,
    place: "memory",
    group: "memory",
  },
  coldStarts: {
    ...shared,
    label: "cold starts",
    kind: "events",
    unit: "",
    tolerance: 0.5,
    critical: false,
    required: false,
    place: "work",
    group: "coldStarts",
  },
} as const satisfies Record<string, BuiltIn>;

/** The manifest's names of what is one measurement: all quantiles are judged together. */
const measuredAs: Readonly<Record<string, keyof typeof builtIns>> = {
  errors: "errors",
  latencyP50: "latency",
  latencyP95: "latency",
  latencyP99: "latency",
  cpu: "cpu",
  memory: "memory",
  coldStarts: "coldStarts",
};

/** What the judge holds a run against. */
export function judgePolicyOf(
  policy: CanaryPolicy,
  course: RunCourse,
  serving: Serving,
  history: GaugeHistory,
): JudgePolicy {
  const lagMs = Math.min(reportLagMs, (course.expiresAtMs - course.startedAtMs) / 4);
  const metrics = policy.metrics === null ? defaultMetrics() : chosenMetrics(policy.metrics);
  return {
    alpha,
    startedAtMs: serving.sinceMs,
    endsAtMs: Math.max(serving.sinceMs, course.expiresAtMs - lagMs),
    periodMs: course.windowMs,
    requestsMin: policy.minRequests,
    canaryShare: 0.5,
    staleAfterMs: Math.max(staleAfterMsMin, 5 * course.windowMs),
    scoreThresholds: policy.thresholds,
    groupWeights: groupWeights(policy.metrics ?? []),
    metrics: metrics.map((metric) => ({ ...metric, history: history[metric.name] ?? [] })),
  };
}

function defaultMetrics(): MetricPolicy[] {
  return Object.entries(builtIns).map(([name, metric]) => ({ ...metric, name, history: [] }));
}

/** Each measurement once: of several quantiles of latency the strictest counts. */
function chosenMetrics(sources: readonly MetricSource[]): MetricPolicy[] {
  const chosen = new Map<string, MetricPolicy>();
  for (const source of sources) {
    const metric = metricOf(source);
    const before = chosen.get(metric.name);
    if (before === undefined || metric.tolerance < before.tolerance) chosen.set(metric.name, metric);
  }
  return [...chosen.values()];
}

/** What a manifest says of one metric, with what is built in filled in. */
export function metricOf(source: MetricSource): MetricPolicy {
  const name = measuredAs[source.name];
  const builtIn = name === undefined || source.query !== undefined ? null : builtIns[name];
  const own: MetricPolicy = {
    ...shared,
    name: builtIn === null || name === undefined ? source.name : name,
    label: source.name,
    kind: "gauge",
    unit: "",
    critical: false,
    place: "result",
    group: source.name,
    history: [],
    ...builtIn,
  };
  return {
    ...own,
    harm: source.direction ?? own.harm,
    tolerance: source.tolerancePct === undefined ? own.tolerance : source.tolerancePct / 100,
    critical: source.critical ?? own.critical,
    // Whoever names a metric wants to know it.
    required: true,
  };
}

/** Per cent by group, where the manifest gives any weight. */
function groupWeights(sources: readonly MetricSource[]): Record<string, number> {
  if (sources.every(({ weight }) => weight === undefined)) return {};
  const total = sources.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const weights: Record<string, number> = {};
  for (const source of sources) {
    const group = metricOf(source).group;
    weights[group] = (weights[group] ?? 0) + (100 * (source.weight ?? 1)) / total;
  }
  return weights;
}
