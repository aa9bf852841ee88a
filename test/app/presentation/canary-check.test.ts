import { describe, expect, it } from "@jest/globals";
import { canaryCheck, canaryComment, hasCanary, type ShownCanaries } from "#app/presentation/canary-check.ts";
import type { ScriptCanary } from "#domain/canary/pull-request-canaries.ts";
import type { Run, RunEnd } from "#domain/canary/run.ts";
import type { MetricVerdict, RunVerdict } from "#domain/canary/verdict.ts";
import { policy, runOf, startMs, stillRunning } from "../../domain/canary/canary-fleet.ts";
import { revision } from "../../domain/rollout/rollout-fleet.ts";

const course = {
  baseline: revision("a"),
  regions: ["eu-west-1"],
  sharePct: 5,
  windowMs: 2_000,
  startedAtMs: startMs,
  expiresAtMs: startMs + 60_000,
};

function metric(name: string, rest: Partial<MetricVerdict>): MetricVerdict {
  return {
    name,
    label: name,
    kind: "gauge",
    unit: "ms",
    group: name,
    critical: true,
    verdict: "pass",
    baseline: 3.1,
    canary: 3.2,
    quantile: null,
    change: 0.03,
    interval: { low: -0.02, high: 0.08 },
    tolerance: 0.05,
    isShownHarmless: false,
    reason: "No evidence of harm.",
    evidence: { kind: "none" },
    samples: 300,
    ...rest,
  };
}

const cpu = metric("cpu", {
  label: "CPU a request",
  verdict: "fail",
  canary: 3.9,
  change: 0.26,
  interval: { low: 0.19, high: 0.33 },
  tolerance: 0.1,
  reason: "It costs more.",
});
const metrics = [cpu, metric("errors", { kind: "events", baseline: 0.0021, canary: 0.002 })];

function decided(verdict: "pass" | "marginal" | "fail", score: number): RunVerdict {
  return { phase: "decided", verdict, score, reason: "So it is.", metrics };
}

const missing: RunVerdict = {
  phase: "decided",
  verdict: "inconclusive",
  score: 0,
  reason: "Few requests.",
  metrics: [],
  missing: { requestsHave: 212, requestsNeeded: 500, aboutMs: 540_000 },
};

function ended(end: RunEnd, verdict: RunVerdict | null): Run["phase"] {
  return { kind: "ended", end, endedAtMs: startMs + 30_000, course, serving: null, verdict };
}

function shownAs(phase: Run["phase"], more: readonly ScriptCanary[] = []): ShownCanaries {
  const run = runOf("b-1", "b", { phase, policy });
  const canary: ScriptCanary = { kind: "run", name: "artwork", version: "4", run, isReused: false };
  return {
    canaries: [canary, ...more],
    periods: new Map(),
    nowMs: startMs + 6_000,
    publicUrl: "https://show.example",
  };
}

const findings = { kind: "valid", warnings: [], scripts: [], plannedAtMs: startMs } as const;
const judged = (verdict: RunVerdict) => ended({ kind: "judged" }, verdict);

describe("the check of a pull request that is tried", () => {
  it.each<[string, Run["phase"], RegExp, string]>([
    [
      "waits",
      { kind: "queued", behind: { kind: "run", id: "x", pull: 9 } },
      /^🕒 Canary waits · the one of #9 runs$/,
      "in_progress",
    ],
    [
      "runs",
      {
        kind: "running",
        course,
        serving: { sinceMs: startMs, nodes: [], crashes: [] },
        verdict: stillRunning,
      },
      /^🟡 Canary running · artwork@4 · 6 s of 60 s · no regression so far$/,
      "in_progress",
    ],
    ["passes", judged(decided("pass", 97)), /^✅ Canary passed · 97\/100 · safe to merge$/, "success"],
    [
      "is marginal",
      judged(decided("marginal", 81)),
      /^🟠 Marginal · 81\/100 · a person decides$/,
      "action_required",
    ],
    [
      "fails, naming the metric",
      judged(decided("fail", 34)),
      /^🔴 Canary failed · 34\/100 · CPU a request \+26%$/,
      "failure",
    ],
    [
      "has not enough evidence, and says what is missing",
      judged(missing),
      /^⚪ Not enough evidence · 212 of 500 requests; about 9 min more at this traffic$/,
      "action_required",
    ],
    [
      "was stopped",
      ended({ kind: "stopped", by: "@maya" }, null),
      /^🟠 Canary stopped by @maya/,
      "action_required",
    ],
  ])("%s", (_name, phase, title, outcome) => {
    const check = canaryCheck(findings, shownAs(phase), "f".repeat(40), "x");
    expect(check.title).toMatch(title);
    const { status } = check.outcome;
    expect("conclusion" in check.outcome ? check.outcome.conclusion : status).toBe(outcome);
  });

  it("is as grave as its gravest script, and runs as long as any does", () => {
    const waits: ScriptCanary = {
      kind: "awaitsCommand",
      name: "home",
      version: "1",
      reason: "it comes from a fork",
    };
    const both = canaryCheck(findings, shownAs(judged(decided("pass", 97)), [waits]), "f".repeat(40), "x");
    expect(both.outcome).toEqual({ status: "completed", conclusion: "action_required" });
    expect(both.title).toBe("🟠 Waits for a maintainer's /canary · it comes from a fork (and 1 more)");
    const going = canaryCheck(
      findings,
      shownAs({ kind: "queued", behind: null }, [waits]),
      "f".repeat(40),
      "x",
    );
    expect(going.outcome).toEqual({ status: "in_progress" });
  });

  it("tells of each metric its values, its change with the interval, and the tolerance", () => {
    const { summary, text } = canaryCheck(
      findings,
      shownAs(judged(decided("fail", 34))),
      "f".repeat(40),
      "x",
    );
    expect(summary).toContain("| CPU a request | 3.1 ms | 3.9 ms | **+26% (+19% to +33%)** | 🔴 over 10% |");
    expect(summary).toContain("| errors | 0.21% | 0.2% | +3% (−2% to +8%) |");
    expect(text).toContain("It costs more.");
  });

  it("draws baseline and canary over time once it is over", () => {
    const shown = shownAs(judged(decided("fail", 34)));
    const periods = [1, 2, 3].map((value) => ({
      startMs: startMs + value * 2_000,
      requests: { canary: 5, baseline: 5 },
      crashes: { canary: 0, baseline: 0 },
      metrics: { cpu: { kind: "gauge", sides: { canary: value, baseline: 1 } } } as const,
    }));
    const { text } = canaryCheck(
      findings,
      { ...shown, periods: new Map([["b-1", periods]]) },
      "f".repeat(40),
      "x",
    );
    expect(text).toMatch(/```mermaid\n%%\{init: .*\}%%\nxychart-beta\n/);
    expect(text).toContain("  line [1, 1, 1]\n  line [1, 2, 3]\n");
  });

  it("has at most three buttons with names that GitHub takes", () => {
    for (const phase of [judged(missing), { kind: "queued", behind: null } as const]) {
      const { actions } = canaryCheck(findings, shownAs(phase), "f".repeat(40), "x");
      expect(actions.length).toBeLessThanOrEqual(3);
      for (const { label, description, identifier } of actions) {
        expect([label.length <= 20, description.length <= 40, identifier.length <= 20]).toEqual([
          true,
          true,
          true,
        ]);
      }
    }
  });
});

describe("the comment of a pull request that is tried", () => {
  it("shows at most 15 lines, however many metrics and scripts there are", () => {
    const many = Array.from({ length: 20 }, (_, index) => metric(`m${index}`, {}));
    const verdict: RunVerdict = {
      phase: "decided",
      verdict: "pass",
      score: 100,
      reason: "Fine.",
      metrics: many,
    };
    const others = Array.from({ length: 20 }, (_, index): ScriptCanary => ({
      kind: "awaitsCommand",
      name: `s${index}`,
      version: "1",
      reason: "it comes from a fork",
    }));
    for (const more of [[], others]) {
      const comment = canaryComment(findings, shownAs(judged(verdict), more));
      const visible = comment
        .split("<details>")[0]
        ?.split("\n")
        .filter((line) => line.replaceAll(">", "").trim() !== "");
      expect(visible?.length).toBeLessThanOrEqual(15);
    }
  });

  it("cannot be made to say what a script's error says", () => {
    const crashes = [
      { role: "canary", node: "n1", atMs: startMs, message: "@everyone <img src=x> [link](http://x)" },
    ] as const;
    const phase = {
      ...ended({ kind: "judged" }, decided("fail", 0)),
      serving: { sinceMs: startMs, nodes: [], crashes },
    };
    const comment = canaryComment(findings, shownAs(phase));
    expect(comment).not.toMatch(/@everyone|<img|\[link\]\(/);
  });
});

describe("a pull request that is not tried", () => {
  it("is told as before", () => {
    const canaries: ScriptCanary[] = [{ kind: "notNeeded", name: "artwork", version: "4", reason: "x" }];
    expect(hasCanary({ canaries, periods: new Map(), nowMs: startMs, publicUrl: null })).toBe(false);
  });
});
