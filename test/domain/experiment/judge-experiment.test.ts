import { describe, expect, it } from "@jest/globals";
import type { EventCount } from "#domain/canary/observations.ts";
import { type ExperimentVerdict, judgeExperiment } from "#domain/experiment/judge-experiment.ts";
import type { ExperimentPeriod } from "#domain/experiment/experiment-period.ts";
import type { ExperimentPolicy } from "#domain/experiment/experiment-policy.ts";
import { metric, MINUTE_MS, START_MS } from "../canary/canary-stream.ts";
import { RandomStream } from "../canary/random-stream.ts";

const MINUTES = 30;

function policyOf(names: readonly string[]): ExperimentPolicy {
  const [control = "", ...others] = names;
  const sharePct = 50 / names.length;
  return {
    alpha: 0.05,
    cells: [{ name: control, sharePct }, ...others.map((name) => ({ name, sharePct }))],
    goal: metric("orders", "events", { harm: "decrease" }),
    guardrails: [metric("errors", "events")],
    startedAtMs: START_MS,
    endsAtMs: START_MS + MINUTES * MINUTE_MS,
    periodMs: MINUTE_MS,
    staleAfterMs: 3 * MINUTE_MS,
  };
}

/** By cell: how many requests a minute, and the shares of them that order and that fail. */
interface Behaviour {
  readonly requests?: number;
  readonly orders?: number;
  readonly errors?: number;
}

function run(
  cells: Readonly<Record<string, Behaviour>>,
  { minutes = MINUTES, seed = 5 }: { readonly minutes?: number; readonly seed?: number } = {},
): ExperimentVerdict {
  const random = new RandomStream(seed);
  const count = (share: (one: Behaviour) => number): Map<string, EventCount> =>
    new Map(
      Object.entries(cells).map(([name, one]) => {
        const of = one.requests ?? 100;
        return [name, { events: random.binomial(of, share(one)), of }];
      }),
    );
  const periods = Array.from({ length: minutes }, (_, minute): ExperimentPeriod => ({
    startMs: START_MS + minute * MINUTE_MS,
    requests: new Map(Object.entries(cells).map(([name, { requests = 100 }]) => [name, requests])),
    metrics: new Map([
      ["orders", { kind: "events", cells: count(({ orders = 0.1 }) => orders) }],
      ["errors", { kind: "events", cells: count(({ errors = 0.01 }) => errors) }],
    ]),
  }));
  const nowMs = START_MS + minutes * MINUTE_MS;
  return judgeExperiment({ policy: policyOf(Object.keys(cells)), periods, nowMs });
}

function outcomes(verdict: ExperimentVerdict): Record<string, string> {
  if (verdict.kind === "invalid") throw new Error(verdict.reason);
  return Object.fromEntries(verdict.cells.map(({ name, outcome }) => [name, outcome]));
}

describe("an experiment", () => {
  it("tells better, worse and harmful cells from those that are like the control", () => {
    const verdict = run({
      control: {},
      red: { orders: 0.2 },
      green: { orders: 0.03 },
      blue: { orders: 0.2, errors: 0.2 },
      plain: {},
    });
    expect(outcomes(verdict)).toEqual({ red: "better", green: "worse", blue: "harmful", plain: "alike" });
    expect(verdict).toMatchObject({ kind: "judged", winner: "red", isOver: true });
  });

  it("finds harm long before its end", () => {
    const verdict = run({ control: {}, red: { errors: 0.3 }, green: {} }, { minutes: 3 });
    expect(outcomes(verdict)).toEqual({ red: "harmful", green: "alike" });
    expect(verdict).toMatchObject({ isOver: false, winner: null });
  });

  it("is invalid when the cells do not get their shares", () => {
    expect(run({ control: { requests: 120 }, red: { requests: 80 } })).toEqual({
      kind: "invalid",
      reason: "control got 60% of the requests instead of 50%, so the cells cannot be compared.",
    });
    expect(run({ control: { requests: 102 }, red: { requests: 98 } }).kind).toBe("judged");
  });

  it("tells no cell apart without data", () => {
    expect(outcomes(run({ control: { requests: 0 }, red: { requests: 0 } }))).toEqual({ red: "alike" });
    expect(outcomes(run({ control: {}, red: {} }, { minutes: 0 }))).toEqual({ red: "alike" });
  });

  it("errs in at most one of twenty experiments, however many cells there are", () => {
    const cells = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`cell-${at}`, {}]));
    const runs = 60;
    const wrong = Array.from({ length: runs }, (_, seed) =>
      Object.values(outcomes(run(cells, { minutes: 12, seed }))).some((outcome) => outcome !== "alike"),
    ).filter(Boolean).length;
    // Five hundredths of 60 are 3; six more would come by chance once in a thousand times.
    expect(wrong).toBeLessThanOrEqual(9);
  });

  it("lets a cell have the alpha of those that were told apart", () => {
    const subtle = { orders: 0.145 };
    const clear = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`clear-${at}`, { orders: 0.4 }]));
    const alike = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`alike-${at}`, {}]));
    const foundBeside = (others: Record<string, Behaviour>): number =>
      Array.from({ length: 12 }, (_, seed) =>
        outcomes(run({ control: {}, subtle, ...others }, { minutes: 14, seed })),
      ).filter((found) => found["subtle"] === "better").length;
    expect(foundBeside(clear)).toBeGreaterThan(foundBeside(alike));
  });
});
