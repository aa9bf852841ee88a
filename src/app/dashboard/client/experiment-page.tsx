import type { JSX } from "preact";
import type { CellView, ExperimentView } from "#app/api/experiment-view.ts";
import {
  changeText,
  intervalText,
  levelText,
  quantileText,
  toleranceText,
} from "#domain/canary/metric-text.ts";
import type { MetricVerdict } from "#domain/canary/verdict.ts";
import { cellLook, experimentLook, goalLook } from "./experiment-words.ts";
import { Icon } from "./icon.tsx";
import { Linked } from "./links.tsx";
import type { LiveExperiment } from "./live-experiments.ts";
import { LivePage } from "./live-page.tsx";
import { NextStep } from "./next-step.tsx";
import { StateMark } from "./state-mark.tsx";
import { utcText } from "./time-words.ts";
import { VerdictMark } from "./verdict-mark.tsx";

/** What one experiment found: the answer first, then all cells side by side, then each against the control. */
export function ExperimentPage({ live }: { live: LiveExperiment }): JSX.Element {
  return (
    <LivePage
      live={live}
      what="the experiment"
      title={(view) => (view === null ? "Experiment" : `${view.name}: ${view.headline}`)}
    >
      {(experiment) => (
        <main>
          <Answer experiment={experiment} />
          <Cells cells={experiment.cells} />
          {experiment.cells.map((cell) => (
            <Cell key={cell.name} cell={cell} />
          ))}
        </main>
      )}
    </LivePage>
  );
}

function Answer({ experiment }: { experiment: ExperimentView }): JSX.Element {
  const { name, script, version, headline, description, pull } = experiment;
  const { tone, icon } = experimentLook(experiment);
  return (
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
      {pull !== null && (
        <p class="canary-reason">
          Proposed for everybody in the pull request <Linked to={pull} />.
        </p>
      )}
      <Facts experiment={experiment} />
      <Steps experiment={experiment} />
    </section>
  );
}

function Facts({ experiment }: { experiment: ExperimentView }): JSX.Element {
  const { owner, since, expiresAt, ended } = experiment;
  const times = [
    ["Began", since],
    ["Ends", expiresAt],
    ["Ended", ended?.at ?? null],
  ] as const;
  return (
    <dl class="canary-facts">
      <dt>Owner</dt>
      <dd>{owner}</dd>
      {times.map(
        ([word, at]) =>
          at !== null && (
            <>
              <dt>{word}</dt>
              <dd>
                <time dateTime={at}>{utcText(Date.parse(at))}</time>
              </dd>
            </>
          ),
      )}
    </dl>
  );
}

function Steps({ experiment }: { experiment: ExperimentView }): JSX.Element | null {
  const { name, phase, outcome, winner } = experiment;
  const isRunning = phase === "running";
  return (
    <>
      {winner !== null && (isRunning || outcome === "date") && (
        <NextStep
          text={`Let everybody have ${winner}`}
          command={`showrunner experiment promote ${name} ${winner} --reason "…"`}
        />
      )}
      {isRunning && <NextStep text="End it" command={`showrunner experiment stop ${name} --reason "…"`} />}
    </>
  );
}

function Cells({ cells }: { cells: readonly CellView[] }): JSX.Element {
  const goal = cells.find((cell) => cell.goal !== null)?.goal ?? null;
  return (
    <div class="canary-scroll">
      <table class="canary-table">
        <thead>
          <tr>
            <th scope="col">Cell</th>
            <th scope="col">What it is</th>
            <th scope="col">Share</th>
            <th scope="col">Requests</th>
            {goal !== null && <th scope="col">Goal: {nameOf(goal)}</th>}
            <th scope="col">Found</th>
          </tr>
        </thead>
        <tbody>
          {cells.map((cell) => (
            <tr key={cell.name}>
              <th scope="row">
                {cell.isControl ? cell.name : <a href={`#cell-${cell.name}`}>{cell.name}</a>}
              </th>
              <td>
                <What cell={cell} />
              </td>
              <td>{cell.sharePct}%</td>
              <td>{cell.requests.toLocaleString("en")}</td>
              {goal !== null && (
                <td>{cell.isControl ? levelText(goal, goal.baseline) : goalText(cell.goal)}</td>
              )}
              <td>
                <StateMark look={cellLook(cell)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function What({ cell: { values, commit } }: { cell: CellView }): JSX.Element {
  const settings = Object.entries(values);
  return (
    <>
      {settings.map(([name, value]) => (
        <code key={name}>
          {name}: {String(value)}{" "}
        </code>
      ))}
      {commit !== null && <Linked to={commit} isCode />}
      {commit === null && settings.length === 0 && "what is stable"}
    </>
  );
}

function nameOf(metric: MetricVerdict): string {
  return `${metric.label}${quantileText(metric)}`;
}

function goalText(goal: MetricVerdict | null): string {
  if (goal === null) return "–";
  const level = levelText(goal, goal.canary);
  return goal.change === null ? level : `${level}, ${changeText(goal.change)}`;
}

/** One cell against the control, metric by metric; nothing for the control, and before the first look. */
function Cell({ cell }: { cell: CellView }): JSX.Element | null {
  const { name, outcome, goal, guardrails } = cell;
  if (outcome === null) return null;
  return (
    <section class="canary-part" id={`cell-${name}`}>
      <h2>
        {name}
        <StateMark look={cellLook(cell)} />
      </h2>
      <div class="canary-scroll">
        <table class="canary-table">
          <thead>
            <tr>
              {["Metric", "Control", "Cell", "Change", "Judged"].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {goal !== null && (
              <Row metric={goal} role="goal" mark={<StateMark look={goalLook(goal, outcome)} />} />
            )}
            {guardrails.map((metric) => (
              <Row
                key={metric.name}
                metric={metric}
                role="guardrail"
                mark={<VerdictMark verdict={metric.verdict} critical />}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

type Role = "goal" | "guardrail";

function Row({ metric, role, mark }: { metric: MetricVerdict; role: Role; mark: JSX.Element }): JSX.Element {
  const note = noteOf(metric, role);
  return (
    <tr>
      <th scope="row">
        {nameOf(metric)} <span class="number">{role}</span>
      </th>
      <td>{levelText(metric, metric.baseline)}</td>
      <td>{levelText(metric, metric.canary)}</td>
      <td>
        {metric.change === null ? "–" : changeText(metric.change)}
        {intervalText(metric.interval)}
      </td>
      <td>
        {mark}
        {note !== null && <span class="table-why">{note}</span>}
      </td>
    </tr>
  );
}

/** What the row does not say by itself: why nothing is known, or how much worse a guardrail may get. */
function noteOf({ verdict, reason, tolerance }: MetricVerdict, role: Role): string | null {
  if (verdict === "inconclusive") return reason;
  const isWorse = verdict === "fail" && role === "guardrail" && tolerance > 0;
  return isWorse ? toleranceText(tolerance).replace("; ", "") : null;
}
