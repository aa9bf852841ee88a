import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { createCampaignRecords } from "#adapters/store/campaigns.ts";
import { listAudit } from "#adapters/store/audit.ts";
import { autoMerge } from "#app/campaign/auto-merge.ts";
import type { CampaignView, UnitView } from "#app/campaign/read-campaign.ts";
import { campaignPolicy } from "#domain/campaign/campaign-policy.ts";
import type { CampaignUnit } from "#domain/campaign/campaign-unit.ts";
import { upgradesPolicy } from "#domain/manifest/upgrades-policy.ts";
import type { Campaign } from "#schemas/types.ts";
import { REPO } from "../../adapters/github/local-host.ts";
import { type ControlRoom, openControlRoom } from "../operations/control-room.ts";

const campaign: Campaign = { kind: "Campaign", name: "kit", owner: "@alice", library: "kit", to: "1.2.4" };
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

/** A pull request on the local GitHub that changes one file. */
async function openPull(branch: string): Promise<{ readonly number: number; readonly headSha: string }> {
  const { rest } = room.host.alice;
  const { data: main } = await rest.git.getRef({ ...REPO, ref: "heads/main" });
  await rest.git.createRef({ ...REPO, ref: `refs/heads/${branch}`, sha: main.object.sha });
  const file = { path: `${branch}.txt`, content: Buffer.from("new\n").toString("base64") };
  await rest.repos.createOrUpdateFileContents({ ...REPO, ...file, branch, message: `Add ${branch}` });
  const { data } = await rest.pulls.create({ ...REPO, title: branch, head: branch, base: "main" });
  return { number: data.number, headSha: data.head.sha };
}

/** The campaign with this pull request, passed by its canary; its script lets patches merge. */
function viewWith({ number, headSha }: { number: number; headSha: string }): CampaignView {
  const { repository } = room.host;
  const judged = {
    verdict: "pass" as const,
    score: 100,
    reason: "",
    failing: null,
    isUnchanged: false,
    headSha,
    atMs: 0,
  };
  const unit: CampaignUnit = {
    repositoryId: repository.id,
    repository: repository.fullName,
    base: "main",
    look: {
      atMs: 0,
      head: "a",
      aim: "kit@1.2.4",
      result: { kind: "needed" },
      uses: [{ path: "package.json", kind: "dependency", declared: "^1.2.3", from: "1.2.3" }],
      versions: [],
      imports: [],
    },
    judged,
    pull: {
      number,
      url: "",
      headSha,
      version: "1.2.4",
      state: "open",
      openedAtMs: 0,
      endedAtMs: null,
      evidence: null,
    },
  };
  const upgrades = upgradesPolicy({ autoMerge: { minScore: 95 } });
  const scoped = {
    repository: {
      ...repository,
      head: null,
      kind: "scripts" as const,
      seenAtMs: 0,
      removedAtMs: null,
      settledState: null,
    },
    scripts: [{ name: "artwork", version: "1", owner: "team-art", path: ".", labels: {}, upgrades }],
    owner: "team-art",
    depth: 0,
    perMinute: null,
  };
  const view: UnitView = {
    unit,
    scoped,
    standing: { kind: "judged", judged },
    shipped: [],
    judgement: { kind: "checking" },
    isDue: false,
    key: `${repository.id} main`,
    owner: "team-art",
    depth: 0,
    perMinute: null,
    openedAtMs: 0,
  };
  const scope = new Map([[repository.id, scoped]]);
  return { campaign, policy: campaignPolicy(campaign), state: null, scope, units: [view] };
}

it("merges exactly what was judged, and writes down who let it", async () => {
  const pull = await openPull("judged");
  expect(await autoMerge(context, viewWith(pull))).toBe(true);
  const { data } = await room.host.alice.rest.pulls.get({ ...REPO, pull_number: pull.number });
  expect(data.merged).toBe(true);
  const [record] = await listAudit(room.store.db, 1);
  expect(record).toMatchObject({
    actor: "showrunner",
    action: "campaign merge",
    subject: `${room.host.repository.fullName}#${pull.number}`,
  });
});

it("leaves alone what was pushed to since, and does not ask for it again", async () => {
  const pull = await openPull("pushed");
  const view = viewWith({ ...pull, headSha: "0".repeat(40) });
  expect(await autoMerge(context, view)).toBe(false);
  const { data } = await room.host.alice.rest.pulls.get({ ...REPO, pull_number: pull.number });
  expect(data.merged).toBe(false);
  const [kept] = await context.campaigns.records.listUnits("kit");
  expect(kept).toMatchObject({ isDue: true, unit: { pull: { refusedSha: "0".repeat(40) } } });
});
