import type { JSX } from "preact";
import type { CanaryMetricView } from "#app/api/canary-view.ts";
import type { Overlay, SeriesPoint } from "#app/api/canary-series.ts";
import { levelText } from "#domain/canary/metric-text.ts";
import type { RunLook } from "#domain/canary/run-look.ts";
import { bandPath, linePath, type Place, stepsPath } from "./chart-paths.ts";
import { linearScale, ratioScale, type Scale } from "./chart-scale.ts";

const width = 560;
const left = 58;
const right = width - 8;
const timeHeight = 150;
const evidenceHeight = 72;
const overlayHeight = 214;
const top = 10;
const axisHeight = 20;

const sides = ["baseline", "canary"] as const;

interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

/** Both sides over time, with their bands. */
export function SeriesChart({ metric, span }: { metric: CanaryMetricView; span: Span }): JSX.Element {
  const { series, verdict } = metric;
  const bottom = timeHeight - axisHeight;
  const levels = series.flatMap(({ sides: { canary, baseline } }) => [canary, baseline]);
  const highest = Math.max(...levels.map((level) => level?.value ?? 0));
  // A band may be much wider than what it surrounds; the lines decide what is worth seeing.
  const widest = Math.max(...levels.map((level) => level?.high ?? 0));
  const max = highest === 0 ? widest : Math.min(widest, highest * 1.6);
  const y = linearScale(max, bottom, top);
  const x = timeScale(span);
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${width} ${timeHeight}`}
      role="img"
      aria-label={`${verdict.label} over time`}
    >
      <Grid scale={y} text={(value) => levelText(verdict, value)} />
      {sides.map((side) => (
        <g key={side} class={`side-${side}`}>
          <path class="band" d={seriesBand(series, side, x, y)} />
          <path class="line" d={seriesLine(series, side, x, y)} />
        </g>
      ))}
      <TimeAxis span={span} bottom={bottom} />
    </svg>
  );
}

/** How far the evidence went towards failing, look by look; at the line the metric fails. */
export function EvidenceChart({
  name,
  looks,
  span,
}: {
  name: string;
  looks: readonly RunLook[];
  span: Span;
}): JSX.Element {
  const bottom = evidenceHeight - 6;
  const x = timeScale(span);
  const points = looks.map(({ atMs, metrics }) => ({
    atMs,
    towards: metrics.find((metric) => metric.name === name)?.towardsFail ?? null,
  }));
  const y = linearScale(
    Math.max(1.25, ...points.map(({ towards }) => Math.min(towards ?? 0, 3))),
    bottom,
    top,
  );
  const places = points.map(({ atMs, towards }): Place | null =>
    towards === null ? null : { x: x(atMs), y: y.at(towards) },
  );
  const fails = y.at(1);
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${width} ${evidenceHeight}`}
      role="img"
      aria-label="Evidence of harm at each look"
    >
      <line class="limit" x1={left} x2={right} y1={fails} y2={fails} />
      <text class="tick" x={left - 6} y={fails + 4} text-anchor="end">
        fails
      </text>
      <line class="axis" x1={left} x2={right} y1={bottom} y2={bottom} />
      <text class="tick" x={left - 6} y={bottom} text-anchor="end">
        none
      </text>
      <path class="evidence" d={linePath(places)} />
      {places.map((place, at) =>
        place === null ? null : <circle key={at} class="look" cx={place.x} cy={place.y} r="2" />,
      )}
    </svg>
  );
}

/** Both distributions over the whole run, one over the other. */
export function OverlayChart({
  metric,
  overlay,
}: {
  metric: CanaryMetricView;
  overlay: Overlay;
}): JSX.Element {
  const { verdict } = metric;
  const bottom = overlayHeight - axisHeight;
  const [low, high] = [overlay.bounds[0] ?? 1, overlay.bounds.at(-1) ?? 2];
  const x = ratioScale(low, high, left, right);
  const bounds = overlay.bounds.map((bound) => x.at(bound));
  const highest = Math.max(...overlay.shares.canary, ...overlay.shares.baseline, 1e-9);
  return (
    <svg
      class="chart"
      viewBox={`0 0 ${width} ${overlayHeight}`}
      role="img"
      aria-label={`Distribution of ${verdict.label}`}
    >
      {sides.map((side) => (
        <path
          key={side}
          class={`steps side-${side}`}
          d={stepsPath(
            bounds,
            overlay.shares[side].map((share) => bottom - (share / highest) * (bottom - top)),
            bottom,
          )}
        />
      ))}
      <line class="axis" x1={left} x2={right} y1={bottom} y2={bottom} />
      {x.ticks.map((value) => (
        <text key={value} class="tick" x={x.at(value)} y={overlayHeight - 4} text-anchor="middle">
          {levelText(verdict, value)}
        </text>
      ))}
    </svg>
  );
}

function Grid({ scale, text }: { scale: Scale; text: (value: number) => string }): JSX.Element {
  return (
    <>
      {scale.ticks.map((value) => (
        <g key={value}>
          <line
            class={value === 0 ? "axis" : "grid"}
            x1={left}
            x2={right}
            y1={scale.at(value)}
            y2={scale.at(value)}
          />
          <text class="tick" x={left - 6} y={scale.at(value) + 4} text-anchor="end">
            {text(value)}
          </text>
        </g>
      ))}
    </>
  );
}

function TimeAxis({ span, bottom }: { span: Span; bottom: number }): JSX.Element {
  const seconds = (span.endMs - span.startMs) / 1000;
  const x = linearScale(seconds, left, right);
  const isMinutes = seconds > 180;
  return (
    <>
      {x.ticks
        .filter((tick) => tick <= seconds)
        .map((tick) => (
          <text
            key={tick}
            class="tick"
            x={left + (tick / seconds) * (right - left)}
            y={bottom + 15}
            text-anchor={tick === 0 ? "start" : "middle"}
          >
            {isMinutes ? `${Math.round(tick / 6) / 10} min` : `${tick} s`}
          </text>
        ))}
    </>
  );
}

function timeScale({ startMs, endMs }: Span): (atMs: number) => number {
  return (atMs) => left + ((atMs - startMs) / Math.max(1, endMs - startMs)) * (right - left);
}

function seriesLine(
  series: readonly SeriesPoint[],
  side: (typeof sides)[number],
  x: (atMs: number) => number,
  y: Scale,
): string {
  return linePath(
    series.map((point) => {
      const level = point.sides[side];
      return level === null ? null : { x: x(point.atMs), y: y.at(level.value) };
    }),
  );
}

function seriesBand(
  series: readonly SeriesPoint[],
  side: (typeof sides)[number],
  x: (atMs: number) => number,
  y: Scale,
): string {
  const known = series.flatMap(({ atMs, sides: both }) => {
    const level = both[side];
    return level === null ? [] : [{ x: x(atMs), low: y.at(level.low), high: y.at(level.high) }];
  });
  return bandPath(
    known.map(({ x: at, high }) => ({ x: at, y: high })),
    known.map(({ x: at, low }) => ({ x: at, y: low })),
  );
}
