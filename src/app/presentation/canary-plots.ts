import { assertNever } from "#domain/assert-never.ts";
import type {
  EventCount,
  Histogram,
  MetricObservation,
  PeriodObservation,
} from "#domain/canary/observations.ts";
import type { MetricVerdict } from "#domain/canary/verdict.ts";
import { duration } from "./times.ts";

const pointsMax = 40;
const plotsMax = 6;
/** What is drawn of a distribution when its verdict names no quantile. */
const quantileShown = 0.95;

/** Mermaid's own colours are hard to tell apart, and its plots too large for several. */
const look = `%%{init: {"xyChart": {"width": 640, "height": 300, "yAxis": {"labelFontSize": 11}, "xAxis": {"labelFontSize": 11}}, "themeVariables": {"xyChart": {"plotColorPalette": "#7b8290, #d9620b"}}}}%%`;

/** A plot a metric over the run, baseline first, as Mermaid that GitHub draws. Empty before anything was measured. */
export function canaryPlots(
  metrics: readonly MetricVerdict[],
  periods: readonly PeriodObservation[],
  windowMs: number,
): string {
  return metrics
    .filter(({ name }) => name !== "crashes")
    .slice(0, plotsMax)
    .map((metric) => plot(metric, periods, windowMs))
    .filter((text) => text !== "")
    .join("\n\n");
}

function plot(metric: MetricVerdict, periods: readonly PeriodObservation[], windowMs: number): string {
  const step = Math.max(1, Math.ceil(periods.length / pointsMax));
  const points = periods
    .filter((_, index) => index % step === 0)
    .map(({ metrics }) => levels(metrics[metric.name], metric.quantile ?? quantileShown))
    .filter((point) => point !== null);
  const highest = Math.max(0, ...points.flatMap(({ canary, baseline }) => [canary, baseline]));
  if (points.length < 2 || highest === 0) return "";
  const { label, unit, kind, quantile } = metric;
  const of = kind === "distribution" ? ` p${Math.round((quantile ?? quantileShown) * 100)}` : "";
  const axis = kind === "events" ? "% of requests" : unit;
  const line = (side: "canary" | "baseline") => points.map((point) => round(point[side])).join(", ");
  const ends = duration(periods.length * windowMs);
  return [
    "```mermaid",
    look,
    "xychart-beta",
    `  title "${plain(label)}${of}: baseline grey, canary orange"`,
    `  x-axis "${ends}" 1 --> ${points.length}`,
    `  y-axis "${plain(axis)}" 0 --> ${round(highest * 1.1)}`,
    `  line [${line("baseline")}]`,
    `  line [${line("canary")}]`,
    "```",
  ].join("\n");
}

/** Both sides of one period as drawn; null where one of them has no value. */
function levels(
  observation: MetricObservation | undefined,
  quantile: number,
): { readonly canary: number; readonly baseline: number } | null {
  if (observation === undefined) return null;
  switch (observation.kind) {
    case "events":
      return both(percent(observation.sides.canary), percent(observation.sides.baseline));
    case "distribution":
      return both(
        quantileOf(observation.sides.canary, quantile),
        quantileOf(observation.sides.baseline, quantile),
      );
    case "gauge":
      return both(observation.sides.canary, observation.sides.baseline);
    default:
      return assertNever(observation);
  }
}

function percent({ events, of }: EventCount): number | null {
  return of === 0 ? null : (100 * events) / of;
}

function both(
  canary: number | null,
  baseline: number | null,
): { readonly canary: number; readonly baseline: number } | null {
  return canary === null || baseline === null ? null : { canary, baseline };
}

function quantileOf({ values, counts }: Histogram, quantile: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let passed = 0;
  for (const [at, count] of counts.entries()) {
    passed += count;
    if (passed >= quantile * total) return values[at] ?? null;
  }
  return null;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

/** Mermaid has no way to escape a quote. */
function plain(text: string): string {
  return text.replaceAll(/["\n`;]/g, " ");
}
