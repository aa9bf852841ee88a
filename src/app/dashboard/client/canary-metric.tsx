import type { JSX } from "preact";
import { changeText, intervalText, quantileText } from "#domain/canary/metric-text.ts";
import type { CanaryMetricView, CanaryView } from "#app/api/canary-view.ts";
import { EvidenceChart, OverlayChart, SeriesChart } from "./canary-charts.tsx";
import { VerdictMark } from "./verdict-mark.tsx";

/** One metric: over time, its evidence under it, and its distributions beside. */
export function CanaryMetric({ metric, view }: { metric: CanaryMetricView; view: CanaryView }): JSX.Element {
  const { verdict, series, overlay } = metric;
  const windowMs = view.course?.windowMs ?? 1;
  const [first, last] = [series[0], series.at(-1)];
  const lookEndMs = view.looks.at(-1)?.atMs ?? 0;
  const span =
    first === undefined || last === undefined
      ? null
      : { startMs: first.atMs, endMs: Math.max(last.atMs + windowMs, lookEndMs) };
  return (
    <section class={`canary-part${overlay === null ? "" : " wide"}`} id={`metric-${verdict.name}`}>
      <h2>
        {verdict.label}
        {quantileText(verdict)}
        <VerdictMark verdict={verdict.verdict} critical={verdict.critical} />
      </h2>
      <p class="canary-reason">{verdict.reason}</p>
      {span === null ? (
        <p class="empty">There are no values to draw.</p>
      ) : (
        <div class="canary-charts">
          <figure>
            <SeriesChart metric={metric} span={span} />
            <figcaption>Evidence of more harm than is tolerated, at each look</figcaption>
            <EvidenceChart name={verdict.name} looks={view.looks} span={span} />
          </figure>
          {overlay !== null && (
            <figure>
              <OverlayChart metric={metric} overlay={overlay} />
              <figcaption>All requests of the run, from small to large values</figcaption>
            </figure>
          )}
        </div>
      )}
      {verdict.change !== null && (
        <p class="canary-note">
          Change {changeText(verdict.change)}
          {intervalText(verdict.interval)}, held against {Math.round(verdict.tolerance * 100)}% ·{" "}
          {verdict.samples}{" "}
          {verdict.kind === "events" || verdict.kind === "distribution" ? "requests" : "windows"} on the side
          with fewer
        </p>
      )}
    </section>
  );
}
