import { type ExperimentView, experimentView } from "#app/api/experiment-view.ts";
import type { Running } from "#domain/experiment/decide-experiment.ts";
import { experimentPolicyOf } from "#domain/experiment/experiment-policy-of.ts";
import type { ExperimentPhase } from "#domain/experiment/experiment-state.ts";
import { experimentTiming } from "#domain/experiment/experiment-timing.ts";
import { judgeExperiment } from "#domain/experiment/judge-experiment.ts";
import { observeCells, withGauge } from "#domain/experiment/observe-cells.ts";
import type { Experiment } from "#schemas/types.ts";
import { countedWindow } from "../../domain/canary/counted-window.ts";
import { RandomStream } from "../../domain/canary/random-stream.ts";
import { revision } from "../../domain/rollout/rollout-fleet.ts";

const sinceMs = Date.parse("2026-11-02T10:00:00Z");
const minuteMs = 60_000;
const minutesPassed = 90;

const plan = {
  kind: "Experiment",
  name: "cards",
  owner: "team-art",
  description: "Do people play more when a card has a quote?",
  script: "title-card",
  version: "1",
  stickyBy: "cookie:viewer",
  endsAt: "2026-11-02T12:00:00Z",
  cells: [
    { name: "plain", sharePct: 20, control: true },
    { name: "quote", sharePct: 20, values: { card: "quote" } },
    { name: "bold", sharePct: 20, commit: revision("b").commit },
  ],
  goal: { name: "plays", query: "plays", direction: "decrease" },
} satisfies Experiment;

/** How many times the control's a cell's plays are, and the share of its requests that fails. */
interface Behaviour {
  readonly plays?: number;
  readonly errors?: number;
}

type Cells = Readonly<Record<"quote" | "bold", Behaviour>>;

interface Canned {
  readonly name: string;
  /** What the cells did in an hour and a half of two; nothing when they did not run. */
  readonly cells?: Cells;
  /** The phase, when it does not run. */
  readonly phase?: ExperimentPhase;
  readonly pull?: number;
}

/** An experiment as the judge sees it, with everything that its page shows. */
export function cannedExperiment({ name, cells, phase, pull }: Canned): ExperimentView {
  const { endsAtMs, windowMs, periodMs } = experimentTiming(plan, sinceMs);
  const running: Running = {
    since: new Date(sinceMs).toISOString(),
    expiresAt: new Date(endsAtMs).toISOString(),
    windowSeconds: windowMs / 1000,
    periodSeconds: periodMs / 1000,
    base: revision("a"),
    cells: [
      { name: "plain", sharePct: 20, ...revision("a") },
      { name: "quote", sharePct: 20, digest: revision("c").digest, commit: revision("a").commit },
      { name: "bold", sharePct: 20, ...revision("b") },
    ],
  };
  const nowMs = sinceMs + minutesPassed * minuteMs;
  const ended = phase?.kind === "ended" ? { ended: phase.end } : {};
  const experiment: Experiment = { ...plan, name, ...(phase === undefined ? { running } : ended) };
  const policy = experimentPolicyOf(experiment, running);
  if (policy === null) throw new Error("there is no control");
  const periods = cells === undefined ? [] : observed(cells);
  const requests: Record<string, number> = {};
  for (const period of periods)
    for (const [cell, count] of period.requests) requests[cell] = (requests[cell] ?? 0) + count;
  return experimentView({
    experiment,
    state: {
      phase: phase ?? { kind: "running", sinceMs, expiresAtMs: endsAtMs, periodMs },
      verdict: cells === undefined ? null : judgeExperiment({ policy, periods, nowMs }),
      requests,
      pull: pull ?? null,
    },
    repositoryUrl: "http://127.0.0.1:4401/acme/title-card",
    nowMs,
  });
}

function observed(cells: Cells) {
  const random = new RandomStream(7);
  const behaviours = Object.entries<Behaviour>({ plain: {}, ...cells });
  const starts = Array.from({ length: minutesPassed }, (_, minute) => sinceMs + minute * minuteMs);
  const periods = starts.map((startMs) =>
    observeCells(
      startMs,
      behaviours.map(([cell, { errors = 0.004 }]) => ({
        cell,
        node: "eu-west-1-1",
        startMs,
        counts: countedWindow(random, {
          requests: 55 + random.binomial(10, 0.5),
          errors,
          latencyMs: 12,
          cpuMs: 0.4,
          heapMb: 14,
        }),
      })),
    ),
  );
  const plays = behaviours.map(([cell, { plays: times = 1 }]) => {
    const values = starts.map(
      (startMs) => [startMs, 3.1 * times * Math.exp(0.08 * random.normal())] as const,
    );
    return [cell, new Map(values)] as const;
  });
  return withGauge(periods, "plays", new Map(plays));
}
