import { describe, expect, it } from "@jest/globals";
import { pullRequestCanaries, type PullRequestCanariesInput } from "#domain/canary/pull-request-canaries.ts";
import type { Run, RunEnd } from "#domain/canary/run.ts";
import type { CanaryIntent, PlannedScript } from "#domain/pull-request/pull-request-findings.ts";
import { revision } from "../rollout/rollout-fleet.ts";
import { passed, policy, runOf, startMs } from "./canary-fleet.ts";

function planned(letter: string, canary?: CanaryIntent): PlannedScript {
  const { digest } = revision(letter);
  const intent = canary ?? { kind: "run", candidate: revision(letter), policy };
  const plan = { waves: [], completesByMs: startMs };
  return { name: "artwork", version: "4", change: { kind: "rollout", digest, plan, canary: intent } };
}

function endedRun(id: string, letter: string, end: RunEnd, baseline = "a"): Run {
  const course = {
    baseline: revision(baseline),
    regions: ["eu-west-1"],
    sharePct: 5,
    windowMs: 2_000,
    startedAtMs: startMs,
    expiresAtMs: startMs + 60_000,
  };
  const verdict = end.kind === "judged" ? passed : null;
  return runOf(id, letter, {
    phase: { kind: "ended", end, endedAtMs: startMs + 60_000, course, serving: null, verdict },
  });
}

function ask(rest: Partial<PullRequestCanariesInput>) {
  const answer = pullRequestCanaries({
    nowMs: startMs,
    repositoryId: 12,
    pull: 7,
    headSha: "e".repeat(40),
    scripts: [planned("b")],
    runs: [],
    others: [],
    stableDigests: new Map([["artwork@4", new Set([revision("a").digest])]]),
    ...rest,
  });
  return {
    requested: answer.requests.map(({ candidate }) => candidate.digest),
    stopped: answer.stops.map(({ run, stop }) => [run.id, stop.kind]),
    shown: answer.shown.map((entry) => (entry.kind === "run" ? [entry.run.id, entry.isReused] : entry.kind)),
  };
}

describe("an open pull request", () => {
  it("asks for one run of its candidate, and for no second while that goes on", () => {
    expect(ask({}).requested).toEqual([revision("b").digest]);
    const going = ask({ runs: [runOf("b-1", "b")] });
    expect(going).toEqual({ requested: [], stopped: [], shown: [["b-1", false]] });
  });

  it("lets a push that leaves the bytes as they were change nothing", () => {
    const { requested, stopped } = ask({ runs: [runOf("b-1", "b", { headSha: "f".repeat(40) })] });
    expect([requested, stopped]).toEqual([[], []]);
  });

  it("stops the run of an earlier push and asks for a new one", () => {
    const pushed = ask({ scripts: [planned("c")], runs: [runOf("b-1", "b")] });
    expect(pushed.stopped).toEqual([["b-1", "newPush"]]);
    expect(pushed.requested).toEqual([revision("c").digest]);
  });

  it("stops what runs when it is not valid any more", () => {
    expect(ask({ scripts: [], runs: [runOf("b-1", "b")] }).stopped).toEqual([["b-1", "newPush"]]);
  });

  it("uses the verdict again that the same bytes got elsewhere", () => {
    const { requested, shown } = ask({ others: [endedRun("b-0", "b", { kind: "judged" })] });
    expect([requested, shown]).toEqual([[], [["b-0", true]]]);
  });

  it.each<[string, Run, boolean]>([
    ["a verdict stays", endedRun("b-1", "b", { kind: "judged" }), false],
    ["a verdict against what is no longer stable", endedRun("b-1", "b", { kind: "judged" }, "z"), true],
    ["one that a rollout cut short", endedRun("b-1", "b", { kind: "superseded", by: "a rollout" }), true],
    ["one from before it was closed and opened again", endedRun("b-1", "b", { kind: "closed" }), true],
    [
      "one that a person stopped stays stopped",
      endedRun("b-1", "b", { kind: "stopped", by: "@maya" }),
      false,
    ],
    ["one whose file was deleted stays away", endedRun("b-1", "b", { kind: "removed" }), false],
  ])("tries again or not: %s", (_name, run, isAskedAgain) => {
    expect(ask({ runs: [run] }).requested).toHaveLength(isAskedAgain ? 1 : 0);
  });

  it.each<[CanaryIntent["kind"], CanaryIntent, string]>([
    ["none", { kind: "none", reason: "x", onDemand: null }, "notNeeded"],
    ["onCommand", { kind: "onCommand", candidate: revision("b"), policy, reason: "a fork" }, "awaitsCommand"],
  ])("asks for nothing by itself with the intent %s", (_name, intent, shown) => {
    const answer = ask({ scripts: [planned("b", intent)] });
    expect(answer).toEqual({ requested: [], stopped: [], shown: [shown] });
  });
});
