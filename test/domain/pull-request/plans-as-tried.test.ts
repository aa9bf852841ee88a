import { describe, expect, it } from "@jest/globals";
import type { RunVerdict } from "#domain/canary/verdict.ts";
import { plansAsTried } from "#domain/pull-request/plans-as-tried.ts";
import { passed, runOf, stillRunning } from "../canary/canary-fleet.ts";

const plan = { waves: [], completesByMs: 90_000 };
const triedPlan = { waves: [], completesByMs: 30_000 };
const findings = {
  kind: "valid",
  warnings: [],
  plannedAtMs: 0,
  scripts: [
    {
      name: "artwork",
      version: "4",
      change: {
        kind: "rollout",
        digest: "sha256:b",
        plan,
        triedPlan,
        canary: {
          kind: "onCommand",
          candidate: runOf("b", "b").candidate,
          policy: runOf("b", "b").policy,
          reason: "",
        },
      },
    },
  ],
} as const;

function planAfter(verdict: RunVerdict | null): unknown {
  const end = { kind: "judged" } as const;
  const phase = { kind: "ended", end, endedAtMs: 1, course: null, serving: null, verdict } as const;
  const run = verdict === null ? runOf("b", "b") : runOf("b", "b", { phase });
  const canary = { kind: "run", name: "artwork", version: "4", run, isReused: false } as const;
  const [script] = plansAsTried(findings, [canary]).scripts;
  return script?.change.kind === "rollout" ? script.change.plan : null;
}

describe("the plan that a pull request shows", () => {
  it.each([
    ["counts a canary that is not over", null, plan],
    ["counts it after a verdict that is no pass", stillRunning, plan],
    ["leaves it out once it has passed", passed, triedPlan],
  ])("%s", (_name, verdict, shown) => {
    expect(planAfter(verdict)).toEqual(shown);
  });
});
