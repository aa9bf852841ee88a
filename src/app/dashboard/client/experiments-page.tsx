import type { JSX } from "preact";
import type { CellView, ExperimentSummary, ExperimentView } from "#app/api/experiment-view.ts";
import { changeText, levelText, quantileText } from "#domain/canary/metric-text.ts";
import type { MetricVerdict } from "#domain/canary/verdict.ts";
import { Icon, type IconName } from "./icon.tsx";
import type { LiveExperiments } from "./live-experiments.ts";
import { TopBar } from "./top-bar.tsx";

/** What experiments found: all of them, or one with every cell against the control. */
export function ExperimentsPage({ live }: { live: LiveExperiments }): JSX.Element {
  const shown = live.shown.value;
  const problem = live.problem.value;
  return (
    <div class="page canary">
      <TopBar problem={shown === null ? null : problem} />
      {shown === null ? (
        <p class="boot" role="status">
          {problem === null ? "Loading…" : `${problem}.`}
        </p>
      ) : shown.kind === "list" ? (
        <List experiments={shown.experiments} />
      ) : (
        <One experiment={shown.experiment} />
      )}
    </div>
  );
}

function List({ experiments }: { experiments: readonly ExperimentSummary[] }): JSX.Element {
  if (experiments.length === 0) {
    return (
      <p class="empty">
        There is no experiment. One begins with a file under <code>experiments/</code> in the fleet
        repository: cells with their shares, what is to get better, and what may not get worse.
      </p>
    );
  }
  return (
    <main>
      <section class="canary-part">
        <h1>Experiments</h1>
        <table class="canary-table">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Script</th>
              <th scope="col">Where it stands</th>
            </tr>
          </thead>
          <tbody>
            {experiments.map(({ name, script, version, headline }) => (
              <tr key={name}>
                <th scope="row">
                  <a href={`/experiments/${encodeURIComponent(name)}`}>{name}</a>
                </th>
                <td>
                  {script}@{version}
                </td>
                <td>{headline}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </main>
  );
}

const signs = {
  waiting: { tone: "quiet", icon: "circle" },
  blocked: { tone: "warn", icon: "alert" },
  running: { tone: "moving", icon: "half" },
  ended: { tone: "quiet", icon: "check" },
  removed: { tone: "quiet", icon: "dash" },
} as const satisfies Record<ExperimentSummary["phase"], { readonly tone: string; readonly icon: IconName }>;

function One({ experiment }: { experiment: ExperimentView }): JSX.Element {
  const { name, script, version, headline, description, phase, cells, pullRequest } = experiment;
  const { tone, icon } = signs[phase];
  return (
    <main>
      <section class="canary-answer">
        <p class="canary-unit">
          <a href="/experiments">Experiments</a> · {name} on{" "}
          <a href={`/?script=${encodeURIComponent(`${script}@${version}`)}`}>
            {script}@{version}
          </a>
        </p>
        <div class="canary-headline">
          <span class={`status-sign tone-${tone}`}>
            <Icon name={icon} />
          </span>
          <h1>{headline}</h1>
        </div>
        {description !== null && <p class="canary-reason">{description}</p>}
        {pullRequest !== null && <p class="canary-reason">Proposed as pull request #{pullRequest}.</p>}
      </section>
      {cells.map((cell) => (
        <Cell key={cell.name} cell={cell} />
      ))}
    </main>
  );
}

const outcomes = {
  better: "better than the control",
  worse: "worse than the control",
  harmful: "a guardrail got worse",
  alike: "not told apart from the control",
} as const satisfies Record<NonNullable<CellView["outcome"]>, string>;

function Cell({ cell }: { cell: CellView }): JSX.Element {
  const { name, sharePct, isControl, requests, outcome, goal, guardrails } = cell;
  const word = isControl ? "the control" : outcome === null ? "not judged yet" : outcomes[outcome];
  const metrics = [...(goal === null ? [] : [goal]), ...guardrails];
  return (
    <section class="canary-part">
      <h2>
        {name}: {word}
      </h2>
      <p>
        {sharePct}% of the requests, {requests.toLocaleString("en")} so far
      </p>
      {metrics.length > 0 && (
        <table class="canary-table">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col">Control</th>
              <th scope="col">Cell</th>
              <th scope="col">Change</th>
              <th scope="col">Why</th>
            </tr>
          </thead>
          <tbody>
            {goal !== null && <Row metric={goal} role="goal" />}
            {guardrails.map((metric) => (
              <Row key={metric.name} metric={metric} role="guardrail" />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Row({ metric, role }: { metric: MetricVerdict; role: string }): JSX.Element {
  return (
    <tr>
      <th scope="row">
        {metric.label}
        {quantileText(metric)} ({role})
      </th>
      <td>{levelText(metric, metric.baseline)}</td>
      <td>{levelText(metric, metric.canary)}</td>
      <td>{metric.change === null ? "–" : changeText(metric.change)}</td>
      <td>{metric.reason}</td>
    </tr>
  );
}
