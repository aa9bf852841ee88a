import { describe, expect, it } from "@jest/globals";
import type { RunStop } from "#domain/canary/run.ts";
import { revision } from "../rollout/rollout-fleet.ts";
import { CanaryFleet, passed, policy, releaseOf, runOf, startMs } from "./canary-fleet.ts";

/** A fleet whose run of candidate b serves on two nodes. */
function running(): CanaryFleet {
  const fleet = new CanaryFleet();
  const run = runOf("b-1", "b");
  fleet.runs = [run];
  fleet.look();
  fleet.report("n1", run);
  fleet.report("n2", run);
  fleet.look(1_000);
  return fleet;
}

describe("a canary run", () => {
  it("starts in the regions of the first wave, against what is stable there, with an end", () => {
    const fleet = new CanaryFleet();
    fleet.runs = [runOf("b-1", "b")];
    fleet.look();
    expect(fleet.files.get("b-1")).toEqual({
      kind: "CanaryRun",
      runId: "b-1",
      script: "artwork",
      version: "4",
      repoId: 12,
      pull: 7,
      headSha: "d".repeat(40),
      baseline: revision("a"),
      candidate: revision("b"),
      regions: ["eu-west-1"],
      sharePct: 5,
      stickyBy: "user",
      windowSeconds: 2,
      startedAt: "2026-11-02T10:00:00.000Z",
      expiresAt: "2026-11-02T10:01:00.000Z",
      cause: "pullRequest",
    });
  });

  it("takes no more than the fleet's cap", () => {
    const fleet = new CanaryFleet();
    fleet.runs = [runOf("b-1", "b", { policy: { ...policy, sharePct: 50 } })];
    fleet.look();
    expect(fleet.files.get("b-1")?.sharePct).toBe(10);
  });

  it("counts from when every node attests both sides, in whole windows", () => {
    const fleet = new CanaryFleet();
    const run = runOf("b-1", "b");
    fleet.runs = [run];
    fleet.look();
    fleet.report("n1", run);
    fleet.report("n2", run, "warming");
    fleet.look(1_000);
    expect(fleet.phaseOf("b-1").kind).toBe("starting");
    fleet.report("n2", run);
    fleet.look(500);
    expect(fleet.phaseOf("b-1")).toMatchObject({
      kind: "running",
      serving: { sinceMs: startMs + 2_000, nodes: ["n1", "n2"], crashes: [] },
    });
  });

  it("goes on without a node that does not bring both sides up in time", () => {
    const fleet = new CanaryFleet();
    const run = runOf("b-1", "b");
    fleet.runs = [run];
    fleet.look();
    fleet.look(15_000);
    fleet.report("n1", run);
    fleet.report("n2", run, "warming");
    fleet.look();
    expect(fleet.phaseOf("b-1")).toMatchObject({ kind: "running", serving: { nodes: ["n1"] } });
  });

  it("tells the judge at once of a candidate that does not come up, once a node", () => {
    const fleet = new CanaryFleet();
    const run = runOf("b-1", "b");
    fleet.runs = [run];
    fleet.look();
    for (let look = 0; look < 3; look += 1) {
      fleet.report("n1", run, "failed");
      fleet.look(1_000);
    }
    const [, , serving, periods] = fleet.asked ?? [];
    expect(serving?.crashes).toMatchObject([
      { role: "canary", node: "n1", message: "the table of moods is missing" },
    ]);
    expect(periods?.reduce((sum, { crashes }) => sum + crashes.canary, 0)).toBe(1);
  });

  it("ends with the judge's verdict, and its file goes", () => {
    const fleet = running();
    fleet.verdict = passed;
    fleet.look(10_000);
    expect(fleet.phaseOf("b-1")).toMatchObject({ kind: "ended", end: { kind: "judged" }, verdict: passed });
    expect(fleet.files.size).toBe(0);
  });

  it("ends when its time is over, whatever the judge says", () => {
    const fleet = running();
    fleet.look(59_000);
    expect(fleet.phaseOf("b-1")).toMatchObject({ kind: "ended", end: { kind: "judged" } });
    expect(fleet.files.size).toBe(0);
  });

  it("ends when its time is over and no node ever served it", () => {
    const fleet = new CanaryFleet();
    fleet.runs = [runOf("b-1", "b")];
    fleet.look();
    fleet.look(60_000);
    expect(fleet.phaseOf("b-1")).toMatchObject({ kind: "ended", end: { kind: "judged" } });
    expect(fleet.files.size).toBe(0);
  });

  it("is not judged on a window that a node has yet to report", () => {
    const fleet = running();
    fleet.look(4_000);
    fleet.report("n1", runOf("b-1", "b"));
    fleet.look(1_000);
    expect(fleet.asked?.[3]).toEqual([]);
    fleet.report("n2", runOf("b-1", "b"));
    fleet.report("n1", runOf("b-1", "b"));
    fleet.look();
    expect(fleet.asked?.[3]).toHaveLength(2);
  });

  it.each<RunStop>([
    { kind: "closed" },
    { kind: "merged" },
    { kind: "newPush" },
    { kind: "stopped", by: "@maya" },
  ])("ends when it is not wanted any more: $kind", (stop) => {
    const fleet = running();
    fleet.stop("b-1", stop);
    fleet.look();
    expect(fleet.phaseOf("b-1")).toMatchObject({ kind: "ended", end: stop });
    expect(fleet.files.size).toBe(0);
  });

  it.each([
    ["a rollout begins", releaseOf("a", "c")],
    ["something else is stable", releaseOf("c")],
  ])("makes way when %s", (_name, release) => {
    const fleet = running();
    fleet.releases.set("eu-west-1", release);
    fleet.look();
    expect(fleet.phaseOf("b-1")).toMatchObject({ kind: "ended", end: { kind: "superseded" } });
    expect(fleet.files.size).toBe(0);
  });

  it("ends when somebody deletes its file", () => {
    const fleet = running();
    fleet.files.clear();
    fleet.look();
    expect(fleet.phaseOf("b-1")).toMatchObject({ kind: "ended", end: { kind: "removed" } });
  });

  it("goes on when whoever committed its file died before keeping that", () => {
    const fleet = new CanaryFleet();
    fleet.runs = [runOf("b-1", "b")];
    fleet.look();
    fleet.runs = [runOf("b-1", "b")];
    const { changes } = fleet.look(1_000);
    expect(changes).toEqual([]);
    expect(fleet.phaseOf("b-1")).toMatchObject({ kind: "starting", course: { startedAtMs: startMs } });
  });

  it.each([
    ["nothing is stable", "b", { ...releaseOf("a"), stable: undefined }],
    ["the candidate is what runs already", "a", releaseOf("a")],
  ])("is refused when %s", (_name, candidate, { stable, ...release }) => {
    const fleet = new CanaryFleet();
    fleet.releases = new Map([["eu-west-1", stable === undefined ? release : { ...release, stable }]]);
    fleet.runs = [runOf("x-1", candidate)];
    fleet.look();
    expect(fleet.phaseOf("x-1")).toMatchObject({ kind: "ended", end: { kind: "refused" } });
    expect(fleet.files.size).toBe(0);
  });
});

describe("the canary runs of a script", () => {
  it("take turns", () => {
    const fleet = running();
    fleet.runs = [...fleet.runs, runOf("c-1", "c", { pull: 8 })];
    fleet.look();
    expect(fleet.phaseOf("c-1")).toEqual({ kind: "queued", behind: { kind: "run", id: "b-1", pull: 7 } });
    fleet.verdict = passed;
    fleet.look(5_000);
    expect(fleet.phaseOf("c-1").kind).toBe("starting");
    expect([...fleet.files.keys()]).toEqual(["c-1"]);
  });

  it("wait for a rollout, and for a freeze to end", () => {
    const fleet = new CanaryFleet();
    fleet.runs = [runOf("b-1", "b")];
    fleet.releases.set("us-east-1", releaseOf("a", "c"));
    fleet.look();
    expect(fleet.phaseOf("b-1")).toEqual({ kind: "queued", behind: { kind: "rollout" } });
    fleet.releases.set("us-east-1", releaseOf("a"));
    fleet.blocked = "fleet is frozen: the final";
    fleet.look(5_000);
    expect(fleet.phaseOf("b-1")).toMatchObject({ kind: "queued", behind: { kind: "stopped" } });
    fleet.blocked = null;
    fleet.look(5_000);
    expect(fleet.phaseOf("b-1").kind).toBe("starting");
  });

  it("leave no file that nobody knows", () => {
    const fleet = running();
    fleet.runs = [];
    fleet.look();
    expect(fleet.files.size).toBe(0);
  });
});

describe("a rollout's own canary", () => {
  const ofRollout = runOf("b-roll", "b", { cause: "rollout", pull: null });

  it("takes the place of one that runs for a pull request", () => {
    const fleet = running();
    fleet.runs = [...fleet.runs, { ...ofRollout, candidate: revision("c") }];
    fleet.look(1_000);
    expect(fleet.phaseOf("b-1")).toMatchObject({
      kind: "ended",
      end: { kind: "superseded", by: "a rollout" },
    });
    expect(fleet.phaseOf("b-roll").kind).toBe("starting");
    expect([...fleet.files.keys()]).toEqual(["b-roll"]);
  });

  it("goes before what waits longer, and nothing else has its turn until its wave has begun", () => {
    const fleet = new CanaryFleet();
    fleet.isRolloutBeginning = true;
    fleet.runs = [runOf("c-1", "c"), ofRollout];
    fleet.look();
    expect([...fleet.files.keys()]).toEqual(["b-roll"]);
    fleet.stop("b-roll", { kind: "rolloutLeft", why: "its rollout was paused" });
    fleet.look(1_000);
    expect(fleet.files.size).toBe(0);
    expect(fleet.phaseOf("c-1")).toMatchObject({ kind: "queued", behind: { kind: "rollout" } });
    fleet.isRolloutBeginning = false;
    fleet.look(1_000);
    expect([...fleet.files.keys()]).toEqual(["c-1"]);
  });
});
