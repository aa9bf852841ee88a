import type { Measurement } from "#domain/canary/measurement.ts";
import { observePeriods } from "#domain/canary/observe-periods.ts";
import type { Run } from "#domain/canary/run.ts";
import type { RunLook } from "#domain/canary/run-look.ts";
import { courseOf } from "#domain/canary/run.ts";
import type { MetricVerdict } from "#domain/canary/verdict.ts";
import { canaryLine, shownVerdict } from "#app/presentation/canary-words.ts";
import { type CanaryPlace, canaryPlaces } from "./canary-places.ts";
import { type LinkedText, commitLink, linked } from "./linked-text.ts";
import { type Overlay, type SeriesPoint, overlayOf, seriesOf } from "./canary-series.ts";

/** One run as its page shows it. Times are epoch milliseconds. */
export interface CanaryView {
  readonly id: string;
  readonly script: string;
  readonly version: string;
  readonly cause: Run["cause"];
  readonly phase: Run["phase"]["kind"];
  /** The verdict line, as on the pull request. */
  readonly headline: string;
  /** One sentence; null before the first look. */
  readonly reason: string | null;
  readonly score: number | null;
  readonly pull: LinkedText | null;
  readonly candidate: LinkedText;
  readonly baseline: LinkedText | null;
  readonly course: {
    readonly regions: readonly string[];
    readonly sharePct: number;
    readonly windowMs: number;
    readonly startedAtMs: number;
    readonly expiresAtMs: number;
    readonly endedAtMs: number | null;
  } | null;
  readonly looks: readonly RunLook[];
  readonly metrics: readonly CanaryMetricView[];
  readonly crashes: readonly { readonly role: string; readonly node: string; readonly message: string }[];
  readonly regions: readonly CanaryPlace[];
  readonly nodes: readonly CanaryPlace[];
}

export interface CanaryMetricView {
  readonly verdict: MetricVerdict;
  readonly series: readonly SeriesPoint[];
  /** Null for what has no values of single requests. */
  readonly overlay: Overlay | null;
}

export interface CanaryViewInput {
  readonly run: Run;
  readonly measurements: readonly Measurement[];
  /** Web address of the script's repository; null when it is not known. */
  readonly repositoryUrl: string | null;
  readonly nowMs: number;
}

/** Everything about one run; what was measured is drawn window by window. */
export function canaryView({ run, measurements, repositoryUrl, nowMs }: CanaryViewInput): CanaryView {
  const { phase } = run;
  const course = courseOf(phase);
  const serving = phase.kind === "running" || phase.kind === "ended" ? phase.serving : null;
  const endedAtMs = phase.kind === "ended" ? phase.endedAtMs : null;
  const verdict = shownVerdict(run);
  const untilMs = Math.min(endedAtMs ?? nowMs, course?.expiresAtMs ?? nowMs);
  const counted = measurements.filter(
    ({ node, startMs }) =>
      serving?.nodes.includes(node) === true && startMs >= serving.sinceMs && startMs < untilMs,
  );
  const periods =
    course === null || serving === null
      ? []
      : observePeriods({ ...serving, untilMs, windowMs: course.windowMs }, measurements, new Map());
  const canary = { kind: "run", name: run.script, version: run.version, run, isReused: false } as const;
  return {
    id: run.id,
    script: run.script,
    version: run.version,
    cause: run.cause,
    phase: phase.kind,
    headline: canaryLine(canary, nowMs),
    reason: verdict?.reason ?? null,
    score: verdict?.score ?? null,
    pull: run.pull === null ? null : linked(`#${run.pull}`, repositoryUrl, `pull/${run.pull}`),
    candidate: commitLink(run.candidate.commit, repositoryUrl),
    baseline: course === null ? null : commitLink(course.baseline.commit, repositoryUrl),
    course: course === null ? null : { ...course, endedAtMs },
    looks: (phase.kind === "running" || phase.kind === "ended" ? phase.looks : undefined) ?? [],
    metrics: (verdict?.metrics ?? []).map((metric) => ({
      verdict: metric,
      series: seriesOf(metric, periods, counted, course?.windowMs ?? 1),
      overlay: overlayOf(metric, counted),
    })),
    crashes: (serving?.crashes ?? []).map(({ role, node, message }) => ({ role, node, message })),
    regions: canaryPlaces(counted, ({ region }) => region),
    nodes: canaryPlaces(counted, ({ node }) => node),
  };
}
