import type { JSX } from "preact";
import type { CanaryMetricView, CanaryView } from "#app/api/canary-view.ts";
import type { RunLook } from "#domain/canary/run-look.ts";
import { CanaryLooks } from "./canary-looks.tsx";
import { CanaryMetric } from "./canary-metric.tsx";
import { CanaryPlaces } from "./canary-places.tsx";
import { changeText, levelText, quantileText } from "#domain/canary/metric-text.ts";
import { Icon, type IconName } from "./icon.tsx";
import { Linked } from "./links.tsx";
import type { LiveCanary } from "./live-canary.ts";
import { LivePage } from "./live-page.tsx";
import { lengthText } from "./time-words.ts";
import { VerdictMark } from "./verdict-mark.tsx";

/** Everything about one canary run: the answer first, then why, metric by metric, then where and when. */
export function CanaryPage({ live }: { live: LiveCanary }): JSX.Element {
  return (
    <LivePage live={live} what="the run" title={(view) => view?.headline ?? "Canary"}>
      {(view) => <Run view={view} />}
    </LivePage>
  );
}

function Run({ view }: { view: CanaryView }): JSX.Element {
  return (
    <main>
      <section class="canary-answer">
        <p class="canary-unit">
          Canary of{" "}
          <a href={`/?script=${encodeURIComponent(`${view.script}@${view.version}`)}`}>
            {view.script}@{view.version}
          </a>
        </p>
        <Headline view={view} />
        {view.reason !== null && <p class="canary-reason">{view.reason}</p>}
        <Facts view={view} />
      </section>
      {view.crashes.length > 0 && <Crashes view={view} />}
      {view.metrics.length === 0 ? (
        <p class="empty">Nothing was judged yet.</p>
      ) : (
        <>
          <Summary metrics={view.metrics} />
          <Legend />
          <div class="canary-metrics">
            {view.metrics
              .filter(({ verdict }) => verdict.name !== "crashes")
              .map((metric) => (
                <CanaryMetric key={metric.verdict.name} metric={metric} view={view} />
              ))}
          </div>
        </>
      )}
      <CanaryPlaces title="By region" places={view.regions} />
      <CanaryPlaces title="By node" places={view.nodes} />
      <CanaryLooks looks={view.looks} startedAtMs={view.course?.startedAtMs ?? 0} />
    </main>
  );
}

/** The verdict line; its sign is drawn here, since not every machine has the characters. */
function Headline({ view }: { view: CanaryView }): JSX.Element {
  const { tone, icon } = signOf(view);
  return (
    <div class="canary-headline">
      <span class={`status-sign tone-${tone}`}>
        <Icon name={icon} />
      </span>
      <h1>{view.headline.replace(/^[^\p{L}]+/u, "")}</h1>
    </div>
  );
}

const signs = {
  pass: { tone: "good", icon: "check" },
  fail: { tone: "bad", icon: "cross" },
  marginal: { tone: "warn", icon: "alert" },
  inconclusive: { tone: "quiet", icon: "question" },
  running: { tone: "quiet", icon: "question" },
} as const satisfies Record<RunLook["verdict"], { readonly tone: string; readonly icon: IconName }>;

function signOf({ phase, looks }: CanaryView): { readonly tone: string; readonly icon: IconName } {
  if (phase !== "ended") return { tone: "moving", icon: "half" };
  return signs[looks.at(-1)?.verdict ?? "running"];
}

function Facts({ view }: { view: CanaryView }): JSX.Element {
  const { course, pull, candidate, baseline } = view;
  return (
    <dl class="canary-facts">
      <dt>Change</dt>
      <dd>
        {pull !== null && (
          <>
            <Linked to={pull} />{" "}
          </>
        )}
        <Linked to={candidate} isCode />
        {baseline !== null && (
          <>
            {" "}
            against <Linked to={baseline} isCode />
          </>
        )}
      </dd>
      {course !== null && (
        <>
          <dt>Share</dt>
          <dd>{course.sharePct}% of the requests each</dd>
          <dt>Regions</dt>
          <dd>{course.regions.join(", ")}</dd>
          <dt>Length</dt>
          <dd>
            {course.endedAtMs === null
              ? "so far at most "
              : `${lengthText(course.endedAtMs - course.startedAtMs)} of `}
            {lengthText(course.expiresAtMs - course.startedAtMs)}, in windows of {lengthText(course.windowMs)}
          </dd>
        </>
      )}
    </dl>
  );
}

function Crashes({ view }: { view: CanaryView }): JSX.Element {
  return (
    <section class="canary-part">
      <h2>Crashes</h2>
      <ul class="canary-crashes">
        {view.crashes.map(({ role, node, message }) => (
          <li key={`${role} ${node}`}>
            {role} on <code>{node}</code>: {message}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** One row a metric, each a link to its plots. */
function Summary({ metrics }: { metrics: readonly CanaryMetricView[] }): JSX.Element {
  return (
    <table class="canary-table">
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">Baseline</th>
          <th scope="col">Canary</th>
          <th scope="col">Change</th>
          <th scope="col">Verdict</th>
        </tr>
      </thead>
      <tbody>
        {metrics.map(({ verdict }) => (
          <tr key={verdict.name}>
            <th scope="row">
              <a href={`#metric-${verdict.name}`}>
                {verdict.label}
                {quantileText(verdict)}
              </a>
            </th>
            <td>{levelText(verdict, verdict.baseline)}</td>
            <td>{levelText(verdict, verdict.canary)}</td>
            <td>{verdict.change === null ? "–" : changeText(verdict.change)}</td>
            <td>
              <VerdictMark verdict={verdict.verdict} critical={verdict.critical} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Legend(): JSX.Element {
  return (
    <p class="canary-legend">
      <span class="key side-baseline">baseline</span>
      <span class="key side-canary">canary</span>
      <span>
        Bands: where a share or a quantile may lie with so many requests (95%); for CPU and memory from the
        lowest node to the highest.
      </span>
    </p>
  );
}
