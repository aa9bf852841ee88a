import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { reconcileMergeGroup } from "#app/reconciler/reconcile-merge-group.ts";
import { REPO } from "../../adapters/github/local-host.ts";
import { type ControlRoom, fleetYaml, openControlRoom } from "../operations/control-room.ts";

let room: ControlRoom;

beforeAll(async () => {
  room = await openControlRoom();
  await room.commit({ "fleet.yaml": fleetYaml });
  await room.store.records.upsertRepository({
    ...room.host.repository,
    head: null,
    kind: "fleet",
    seenAtMs: Date.now(),
    removedAtMs: null,
    settledState: null,
  });
}, 120_000);

afterAll(async () => {
  await room.end();
});

async function checksOf(sha: string) {
  await reconcileMergeGroup(room.context, room.host.repository.id, sha);
  const { data } = await room.host.alice.rest.checks.listForRef({ ...REPO, ref: sha });
  return data.check_runs;
}

describe("what a merge queue is about to merge", () => {
  it.each([
    ["success", "is valid", { "fleet.yaml": `${fleetYaml}caps: { removePct: 10 }\n` }],
    ["success", "touches nothing of ours", { "notes.txt": "hello" }],
    ["failure", "is not valid", { "fleet.yaml": "kind: Fleet\nregions: {}\n" }],
  ])("is a %s where it %s", async (conclusion, _what, files) => {
    const { sha } = await room.host.newPullRequest(files);
    const checks = await checksOf(sha);
    expect(checks).toMatchObject([{ name: "showrunner", status: "completed", conclusion }]);
    expect(await checksOf(sha)).toHaveLength(1);
  });

  it("is looked at no more once it is merged, or given up", async () => {
    const sha = await room.commit({ "merged.txt": "1" });
    expect(await checksOf(sha)).toEqual([]);
    await reconcileMergeGroup(room.context, room.host.repository.id, "0".repeat(40));
  });
});
