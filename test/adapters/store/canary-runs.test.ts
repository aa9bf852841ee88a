import { beforeAll, expect, it } from "@jest/globals";
import {
  findCanaryRun,
  listActiveCanaryRuns,
  listCanaryRunsOfCandidate,
  listCanaryRunsOfPullRequest,
  listOpenCanaryRuns,
  requestCanaryRun,
  saveCanaryPhase,
  stopCanaryRun,
} from "#adapters/store/canary-runs.ts";
import { listMeasurements, recordMeasurements } from "#adapters/store/measurements.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { pruneStore } from "#adapters/store/prune-store.ts";
import type { Measurement } from "#domain/canary/measurement.ts";
import type { RunPhase } from "#domain/canary/run.ts";
import { runOf, startMs } from "../../domain/canary/canary-fleet.ts";
import { revision } from "../../domain/rollout/rollout-fleet.ts";
import { describeOnEachStore } from "./temporary-store.ts";

const over: RunPhase = {
  kind: "ended",
  end: { kind: "judged" },
  endedAtMs: startMs + 60_000,
  course: null,
  serving: null,
  verdict: null,
};
const none = { requests: 0, errors: 0, errorsByKind: {}, coldStarts: 0, warmups: 0, batches: 0 };
const measured = (requests: number): Measurement => ({
  role: "canary",
  node: "n1",
  region: "eu-west-1",
  startMs,
  counts: { ...none, requests },
});

describeOnEachStore("canary runs", (place) => {
  let store: Store;
  beforeAll(async () => {
    store = await place.open();
  }, 120_000);

  it("are asked for once, and read back as they were", async () => {
    const run = runOf("b-1", "b");
    await requestCanaryRun(store.db, run);
    await requestCanaryRun(store.db, { ...run, headSha: "e".repeat(40) });
    await requestCanaryRun(store.db, runOf("c-1", "c", { pull: 8, requestedAtMs: startMs + 1 }));
    expect(await findCanaryRun(store.db, "b-1")).toEqual(run);
    const open = await listOpenCanaryRuns(store.db, "artwork", "4");
    expect(open.map(({ id }) => id)).toEqual(["b-1", "c-1"]);
    const ofPull = await listCanaryRunsOfPullRequest(store.db, { repositoryId: 12, pull: 8 }, 10);
    expect(ofPull.map(({ id }) => id)).toEqual(["c-1"]);
  });

  it("keep what nodes measured, the last report of a window, until they end", async () => {
    await recordMeasurements(store.db, "b-1", [measured(1)]);
    await recordMeasurements(store.db, "b-1", [measured(2)]);
    await recordMeasurements(store.db, "unknown", [measured(3)]);
    await saveCanaryPhase(store.db, "b-1", over);
    await recordMeasurements(store.db, "b-1", [measured(9)]);
    expect(await listMeasurements(store.db, "b-1")).toEqual([measured(2)]);
    expect(await listMeasurements(store.db, "unknown")).toEqual([]);
  });

  it("are found by the candidate once they ended, and are open no more", async () => {
    const ended = await listCanaryRunsOfCandidate(store.db, "artwork", "4", revision("b").digest, 5);
    expect(ended.map(({ id, phase }) => [id, phase])).toEqual([["b-1", over]]);
    expect((await listActiveCanaryRuns(store.db)).map(({ id }) => id)).toEqual(["c-1"]);
  });

  it("keep the first reason to stop, and take none when they are over", async () => {
    await stopCanaryRun(store.db, "c-1", { kind: "closed" });
    await stopCanaryRun(store.db, "c-1", { kind: "newPush" });
    await stopCanaryRun(store.db, "b-1", { kind: "closed" });
    expect((await findCanaryRun(store.db, "c-1"))?.stop).toEqual({ kind: "closed" });
    expect((await findCanaryRun(store.db, "b-1"))?.stop).toBeNull();
  });

  it("are forgotten a month after their end, what was measured a week after", async () => {
    await pruneStore(store.db, startMs + 8 * 86_400_000);
    expect(await listMeasurements(store.db, "b-1")).toEqual([]);
    expect(await findCanaryRun(store.db, "b-1")).not.toBeNull();
    await pruneStore(store.db, startMs + 31 * 86_400_000);
    expect(await findCanaryRun(store.db, "b-1")).toBeNull();
    expect(await findCanaryRun(store.db, "c-1")).not.toBeNull();
  });
});
