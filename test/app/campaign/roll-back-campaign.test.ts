import { afterAll, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { listAudit } from "#adapters/store/audit.ts";
import { createCampaignRecords } from "#adapters/store/campaigns.ts";
import { readCampaign } from "#app/campaign/read-campaign.ts";
import { changeCampaign } from "#app/campaign/change-campaign.ts";
import { continueRollback, rollBackCampaign, rollbackStanding } from "#app/campaign/roll-back-campaign.ts";
import { performOperation } from "#app/operations/perform-operation.ts";
import type { CampaignUnit } from "#domain/campaign/campaign-unit.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import type { RolloutPhase } from "#domain/rollout/rollout-phase.ts";
import { type ControlRoom, openControlRoom, releasesAt } from "../operations/control-room.ts";

const campaignFile = "campaigns/kit.yaml";
const campaignText =
  'kind: Campaign\nname: kit\nowner: "@alice"\nlibrary: kit\nto: 1.2.4\nshipAtOnceMax: 2 # slowly\n';
let room: ControlRoom;
let context: ControlRoom["context"];

beforeAll(async () => {
  room = await openControlRoom();
  const records = createCampaignRecords(room.store.db);
  context = { ...room.context, campaigns: { ...room.context.campaigns, records } };
}, 120_000);

afterAll(async () => {
  await room?.end();
});

const completed: RolloutPhase = { kind: "completed", unproven: false };

/** A script of its own repository whose merge of the campaign is everywhere; `later` has taken its place where it is given. */
async function ship(id: number, script: string, later?: string): Promise<Revision> {
  const before = await revision(`${script} before`, id);
  const after = await revision(`${script} after`, id + 100);
  await room.commit(releasesAt(script, before));
  await room.commit(releasesAt(script, after));
  if (later !== undefined) await room.commit(releasesAt(script, await revision(later, id + 200)));
  const unit: CampaignUnit = {
    repositoryId: id,
    repository: `acme/${script}`,
    base: "main",
    look: null,
    pull: {
      number: 7,
      url: "",
      headSha: "a",
      version: "1.2.4",
      state: "merged",
      openedAtMs: 0,
      endedAtMs: 1,
      evidence: null,
    },
    judged: null,
  };
  await context.campaigns.records.saveUnit("kit", unit, false);
  await saveRollout(id, script, after, before, completed);
  return after;
}

async function saveRollout(
  id: number,
  script: string,
  { digest, commit }: Revision,
  previous: Revision,
  phase: RolloutPhase,
): Promise<void> {
  await context.records.upsertRollout({
    id: `${script}@1-${commit.slice(0, 7)}`,
    script,
    version: "1",
    repositoryId: id,
    commit,
    digest,
    pullNumber: 7,
    startedAtMs: 1,
    promisedByMs: 2,
    state: { phase, regions: [], waves: 1, percent: 100, expectedByMs: 2, unproven: false, previous },
    bake: {},
    completedAtMs: 2,
    updatedAtMs: 2,
  });
}

async function revision(text: string, id: number): Promise<Revision> {
  const digest = await context.bundles.put(new TextEncoder().encode(text));
  return { digest, commit: id.toString(16).padStart(40, "0") };
}

/** One pass of the controller over the order. */
async function pass(on = context): Promise<boolean> {
  const snapshot = await on.fleet.refresh();
  const campaign = snapshot?.campaigns.get("kit")?.campaign;
  if (!snapshot || !campaign) throw new Error("there is no campaign");
  return continueRollback(on, snapshot, await readCampaign(on, campaign));
}

/** The nodes have done what the hold of a script asks for. */
async function gone(script: string, id: number): Promise<void> {
  await room.commit(releasesAt(script, await revision(`${script} before`, id)));
}

async function holds(): Promise<string[]> {
  return [...((await context.fleet.refresh())?.holds.keys() ?? [])];
}

const killed = (): Promise<never> => Promise.reject(new Error("killed"));

const order = { reason: "logins break", dryRun: false, by: "api/maya" };

beforeEach(async () => {
  const left = (await holds()).map((key) => [`holds/${key}.yaml`, null] as const);
  await room.commit({ ...Object.fromEntries(left), [campaignFile]: campaignText });
  for (const { unit } of await context.campaigns.records.listUnits("kit"))
    await context.campaigns.records.deleteUnit("kit", unit);
});

it("takes back what is still as it was shipped, a few at a time, and leaves later merges alone", async () => {
  for (const [id, script] of [
    [1, "one"],
    [2, "two"],
    [3, "three"],
  ] as const)
    await ship(id, script);
  await ship(4, "four", "newer");
  const dry = await rollBackCampaign(context, "kit", { ...order, dryRun: true });
  if (dry.kind !== "done") throw new Error(dry.message);
  expect(dry.plan.items.map(({ shipped }) => shipped.script).sort()).toEqual(["one", "three", "two"]);
  expect(dry.plan.left).toMatchObject([{ shipped: { script: "four" }, why: "it has moved on to 0000000" }]);
  expect(await room.file(campaignFile)).toBe(campaignText);

  expect((await rollBackCampaign(context, "kit", order)).kind).toBe("done");
  expect(await room.file(campaignFile)).toMatch(
    /shipAtOnceMax: 2 # slowly\nstopped:\n {2}reason: logins break\n {2}by: api\/maya\n {2}at: .*\n {2}rollback: true\n/,
  );
  expect(await pass()).toBe(true);
  expect(await holds()).toHaveLength(2);
  // Both are still on their way, so nothing more goes.
  expect(await pass()).toBe(true);
  const [first] = await holds();
  expect(await holds()).toHaveLength(2);
  const name = first?.split("@")[0] ?? "";
  expect(await room.file(`holds/${first}.yaml`)).toMatch(
    /mode: rollback[^]*reason: ["']?kit is taken back by api\/maya: logins break["']?\nby: campaign\/kit/,
  );
  await gone(name, ["one", "two", "three"].indexOf(name) + 1);
  expect(await pass()).toBe(true);
  expect((await holds()).sort()).toEqual(["one@1", "three@1", "two@1"]);
  for (const [id, script] of [
    [1, "one"],
    [2, "two"],
    [3, "three"],
  ] as const)
    await gone(script, id);
  expect(await pass()).toBe(false);
  expect((await listAudit(room.store.db, 50)).filter(({ action }) => action !== "pause")).toMatchObject([
    {
      actor: "api/maya",
      action: "campaign rollback",
      subject: "campaign:kit",
      cause: "campaign rollback: logins break",
      undo: "showrunner campaign resume kit, and showrunner promote SCRIPT --reason REASON for each that went back",
    },
  ]);
}, 120_000);

it("is ordered once however often it is asked for, and says how it stands", async () => {
  await ship(11, "eleven");
  await rollBackCampaign(context, "kit", order);
  const before = (await room.messages()).length;
  expect(await rollBackCampaign(context, "kit", order)).toEqual({
    kind: "nothingToDo",
    message: "kit is taken back already; 1 to go",
  });
  expect((await room.messages()).length).toBe(before);
  await pass();
  await gone("eleven", 11);
  expect(await rollBackCampaign(context, "kit", order)).toEqual({
    kind: "nothingToDo",
    message: "kit is taken back already",
  });
  // Two that ask at the same moment: the second one finds what the first one wrote.
  const how = { by: "api", cause: "test", evidence: {} };
  const change = { kind: "rollback", reason: "x", over: null } as const;
  expect(await changeCampaign(context, "kit", change, how)).toMatchObject({ kind: "nothingToDo" });
}, 120_000);

it("says what stays when nothing is as it was shipped", async () => {
  await ship(21, "moved", "newer");
  expect(await rollBackCampaign(context, "kit", order)).toEqual({
    kind: "nothingToDo",
    message: "Nothing is as kit shipped it; moved@1: it has moved on to 0000000",
  });
  expect(await rollBackCampaign(context, "none", order)).toMatchObject({ kind: "unknown" });
}, 120_000);

it("goes on after a crash between the hold and its record, without doing anything twice", async () => {
  await ship(31, "crashed");
  await rollBackCampaign(context, "kit", order);
  const { records } = context.campaigns;
  const cut = { ...records, saveUnit: killed };
  const dying = { ...context, campaigns: { ...context.campaigns, records: cut } };
  await expect(pass(dying)).rejects.toThrow("killed");
  const before = await room.messages();
  expect(before[0]).toMatch(/^Roll crashed@1 back from 0000000 to 0000000: kit is taken back by api\/maya/);
  expect(await pass()).toBe(true);
  expect((await room.messages()).length).toBe(before.length);
}, 120_000);

it("leaves a script that somebody sends out again meanwhile, until it is asked for anew", async () => {
  await ship(41, "wanted");
  await rollBackCampaign(context, "kit", order);
  await pass();
  await room.commit({ "holds/wanted@1.yaml": null });
  expect(await pass()).toBe(false);
  expect(await holds()).toEqual([]);
  const snapshot = await context.fleet.refresh();
  const campaign = snapshot?.campaigns.get("kit")?.campaign;
  if (!snapshot || !campaign) throw new Error("there is no campaign");
  expect(await rollbackStanding(context, snapshot, await readCampaign(context, campaign))).toMatchObject({
    items: [],
    left: [{ why: "it was sent out again since" }],
  });
  expect((await rollBackCampaign(context, "kit", order)).kind).toBe("done");
  await pass();
  expect(await holds()).toEqual(["wanted@1"]);
}, 120_000);

it("does not take back what is merged between its plan and its commit", async () => {
  const shipped = await ship(51, "raced");
  const submit: typeof context.committer.submit = async (change) => {
    await room.commit(releasesAt("raced", await revision("merged meanwhile", 251)));
    return context.committer.submit(change);
  };
  const operation = {
    kind: "rollback",
    target: { kind: "script", name: "raced", version: "1" },
    reason: "x",
    by: "campaign/kit",
    askedAtMs: Date.now(),
    untilMs: null,
    toCommit: null,
    confirmed: null,
    only: shipped.digest,
  } as const;
  const raced = { ...context, committer: { submit } };
  expect(await performOperation(raced, operation, { cause: "test", dryRun: false })).toMatchObject({
    kind: "refused",
    error: { kind: "nothingToDo", message: "raced@1 has moved on to 0000000, which stays." },
  });
  expect(await holds()).toEqual([]);
}, 120_000);

it("goes back no further once the campaign goes on", async () => {
  await ship(61, "kept");
  await rollBackCampaign(context, "kit", order);
  await changeCampaign(context, "kit", { kind: "resume" }, { by: "api", cause: "test", evidence: {} });
  expect(await room.file(campaignFile)).not.toContain("rollback");
  expect(await pass()).toBe(false);
  expect(await holds()).toEqual([]);
}, 120_000);
