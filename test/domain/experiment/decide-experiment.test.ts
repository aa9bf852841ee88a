import { describe, expect, it } from "@jest/globals";
import {
  type ExperimentInput,
  type Running,
  decideExperiment,
} from "#domain/experiment/decide-experiment.ts";
import { withExperimentMark } from "#domain/experiment/experiment-file.ts";
import type { CellVerdict, ExperimentVerdict } from "#domain/experiment/judge-experiment.ts";
import { parseExperiment } from "#domain/manifest/parse-manifest.ts";
import type { MetricVerdict } from "#domain/canary/verdict.ts";
import type { Experiment } from "#schemas/types.ts";
import { revision } from "../rollout/rollout-fleet.ts";

const [a, b, c] = [revision("a"), revision("b"), revision("c")];
const text = `# What people wrote stays.
kind: Experiment
name: cards
owner: team-art
script: artwork
version: "4"
endsAt: "2026-11-02T11:00:00Z"
cells:
  - { name: plain, sharePct: 20, control: true }
  - { name: quote, sharePct: 20, values: { card: quote } }
`;

/** A moment between two looks; the file is what was last written to it. */
class Course {
  nowMs = Date.parse("2026-11-02T10:00:00Z");
  text = text;
  input: Partial<ExperimentInput> = {};

  get experiment(): Experiment {
    const parsed = parseExperiment(this.text, "experiments/cards.yaml");
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return parsed.manifest;
  }

  get running(): Running {
    const { running } = this.experiment;
    if (!running) throw new Error("it does not run");
    return running;
  }

  look(afterMs = 0) {
    this.nowMs += afterMs;
    const decision = decideExperiment({
      nowMs: this.nowMs,
      experiment: this.experiment,
      blocked: null,
      other: null,
      base: a,
      cells: { kind: "built", revisions: [a, b] },
      verdict: null,
      ...this.input,
    });
    if (decision.mark) this.text = withExperimentMark(this.text, decision.mark);
    return decision;
  }
}

function begun(): Course {
  const course = new Course();
  course.look();
  return course;
}

const worse: MetricVerdict = {
  name: "errors",
  label: "errors",
  kind: "events",
  unit: "",
  group: "errors",
  critical: true,
  verdict: "fail",
  baseline: 0.001,
  canary: 0.1,
  quantile: null,
  change: 99,
  interval: null,
  tolerance: 0.05,
  isShownHarmless: false,
  reason: "10% of requests instead of 0.1%.",
  evidence: { kind: "none" },
  samples: 100,
};

function judged(cell: Partial<CellVerdict>, winner: string | null = null): ExperimentVerdict {
  const quote: CellVerdict = { name: "quote", outcome: "alike", goal: null, guardrails: [], ...cell };
  return { kind: "judged", cells: [quote], isOver: false, winner };
}

describe("an experiment", () => {
  it("begins with what each cell runs written beside what people wrote", () => {
    const course = begun();
    expect(course.text).toContain("# What people wrote stays.");
    expect(course.running).toEqual({
      since: "2026-11-02T10:00:00.000Z",
      expiresAt: "2026-11-02T11:00:00.000Z",
      windowSeconds: 60,
      periodSeconds: 60,
      base: a,
      cells: [
        { name: "plain", sharePct: 20, ...a },
        { name: "quote", sharePct: 20, ...b },
      ],
    });
    expect(course.look(60_000)).toMatchObject({ phase: { kind: "running" }, mark: null });
  });

  it("waits for its start", () => {
    const course = new Course();
    course.text = text.replace("cells:", 'startsAt: "2026-11-02T10:30:00Z"\ncells:');
    expect(course.look()).toMatchObject({ phase: { kind: "waiting" }, requeueAfterMs: 1_800_000 });
    expect(course.look(1_800_000)).toMatchObject({ phase: { kind: "running" } });
  });

  it.each([
    ["a freeze", { blocked: "fleet is frozen: launch" }, /frozen/],
    ["another experiment on the script", { other: "themes" }, /themes/],
    ["a rollout on its way", { base: null, cells: null }, /rollout/],
    [
      "a cell that cannot be built",
      { cells: { kind: "refused", reason: "no such commit" } as const },
      /commit/,
    ],
  ])("does not begin beside %s, and says so", (_name, input, reason) => {
    const course = new Course();
    course.input = input;
    const { phase, mark } = course.look();
    expect(phase).toEqual({ kind: "blocked", reason: expect.stringMatching(reason) });
    expect(mark).toBeNull();
  });

  it("follows the stable revision with all cells at once, in the same course", () => {
    const course = begun();
    const { since } = course.running;
    course.input = { base: c, cells: { kind: "built", revisions: [c, b] } };
    course.look(60_000);
    expect(course.running).toMatchObject({
      since,
      base: c,
      cells: [{ digest: c.digest }, { digest: b.digest }],
    });
  });

  it("stays at what it runs while a rollout is on its way", () => {
    const course = begun();
    course.input = { base: null, cells: null };
    expect(course.look(60_000)).toMatchObject({ phase: { kind: "running" }, mark: null });
  });

  it("ends when the stable revision moves away under a cell with a commit of its own", () => {
    const course = new Course();
    course.text = text.replace("values: { card: quote }", `commit: "${b.commit}"`);
    course.look();
    course.input = { base: c, cells: { kind: "built", revisions: [c, b] } };
    course.look(60_000);
    expect(course.experiment).toMatchObject({ ended: { outcome: "superseded" } });
  });

  it("begins anew when people change its cells", () => {
    const course = begun();
    course.text = course.text.replace("sharePct: 20, values", "sharePct: 30, values");
    course.look(600_000);
    expect(course.running).toMatchObject({
      since: "2026-11-02T10:10:00.000Z",
      cells: [{}, { sharePct: 30 }],
    });
  });

  it.each([
    [
      "a guardrail gets worse",
      judged({ outcome: "harmful", guardrails: [worse] }),
      "harmful",
      /quote: errors: 10%/,
    ],
    ["its shares are wrong", { kind: "invalid", reason: "quote got 2%" } as const, "invalid", /quote got 2%/],
  ])("is stopped when %s", (_name, verdict, outcome, reason) => {
    const course = begun();
    course.input = { verdict };
    course.look(60_000);
    expect(course.experiment.running).toBeUndefined();
    expect(course.experiment.ended).toMatchObject({ outcome, by: "showrunner" });
    expect(course.experiment.ended?.reason).toMatch(reason);
  });

  it.each([
    ["with its winner named", judged({ outcome: "better" }, "quote"), /quote is better/],
    ["with nothing found", judged({}), /told apart/],
    ["with nothing judged", null, /nothing was judged/],
  ])("ends by its date, %s", (_name, verdict, reason) => {
    const course = begun();
    course.input = { verdict };
    course.look(3_600_000);
    expect(course.experiment.ended).toMatchObject({ outcome: "date" });
    expect(course.experiment.ended?.reason).toMatch(reason);
    expect(course.look(1_000)).toMatchObject({ phase: { kind: "ended" }, mark: null, requeueAfterMs: null });
  });

  it("never begins after its end", () => {
    const course = new Course();
    course.look(7_200_000);
    expect(course.experiment.ended).toMatchObject({ outcome: "date" });
  });
});
