import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { handleCommands } from "#app/commands/handle-commands.ts";
import type { PullRequestFindings } from "#domain/pull-request/pull-request-findings.ts";
import type { PullRequest } from "#domain/ports.ts";
import { REPO } from "../../adapters/github/local-host.ts";
import { policy, startMs } from "../../domain/canary/canary-fleet.ts";
import { revision } from "../../domain/rollout/rollout-fleet.ts";
import { type ControlRoom, openControlRoom } from "../operations/control-room.ts";

let room: ControlRoom;
let number: number;
let sha: string;
let presses = 0;

const findings: PullRequestFindings = {
  kind: "valid",
  warnings: [],
  plannedAtMs: startMs,
  scripts: [
    {
      name: "artwork",
      version: "4",
      change: {
        kind: "rollout",
        digest: revision("b").digest,
        plan: { waves: [], completesByMs: startMs },
        canary: { kind: "onCommand", candidate: revision("b"), policy, reason: "it comes from a fork" },
      },
    },
  ],
};

beforeAll(async () => {
  room = await openControlRoom();
  ({ number, sha } = await room.host.newPullRequest({ "art/try.txt": "1" }));
  await room.store.records.upsertPullRequest({
    repositoryId: room.host.repository.id,
    number,
    title: "Try",
    url: "http://127.0.0.1/x",
    verdict: "valid",
    scripts: ["artwork@4"],
    inputsHash: "x",
    findings,
    canary: "actionRequired",
  });
}, 120_000);

afterAll(async () => {
  await room.end();
});

/** Somebody presses a button on the check of a commit. */
async function press(identifier: string, sender: string, headSha: string): Promise<void> {
  presses += 1;
  await room.store.records.recordCommand({
    id: `button:${presses}`,
    repositoryId: room.host.repository.id,
    pullNumber: number,
    source: { kind: "button", identifier, sender, headSha },
    receivedAtMs: Date.now(),
  });
  const pull: PullRequest | null = await room.host.codeHost.pullRequest(room.host.repository, number);
  if (pull === null) throw new Error("no pull request");
  await handleCommands(room.context, room.host.repository, pull);
}

async function runs() {
  const of = { repositoryId: room.host.repository.id, pull: number };
  return room.store.records.listCanaryRunsOfPullRequest(of, 10);
}

it("is not started by somebody who may not write", async () => {
  await press("canary", "mallory", sha);
  expect(await runs()).toEqual([]);
});

it("is started by a button, and a second press starts no second one", async () => {
  await press("canary", "bob", sha);
  await press("canary", "bob", sha);
  expect(await runs()).toMatchObject([
    { script: "artwork", cause: "demand", candidate: revision("b"), phase: { kind: "queued" } },
  ]);
});

it("is stopped by a button, which names who pressed it", async () => {
  await press("canary-stop", "bob", sha);
  expect((await runs())[0]?.stop).toEqual({ kind: "stopped", by: "@bob" });
});

it("is not merged when there was another push since the check that was pressed", async () => {
  await press("rollout", "bob", "f".repeat(40));
  const { data } = await room.host.alice.rest.pulls.get({ ...REPO, pull_number: number });
  expect(data.merged).toBe(false);
});

it("is merged by Roll out, exactly as it was seen", async () => {
  await press("rollout", "bob", sha);
  const { data } = await room.host.alice.rest.pulls.get({ ...REPO, pull_number: number });
  expect(data).toMatchObject({ merged: true, head: { sha } });
});
