import { afterAll, beforeAll, beforeEach, expect, it } from "@jest/globals";
import { createCampaignRecords } from "#adapters/store/campaigns.ts";
import { chasePulls } from "#app/campaign/chase-pulls.ts";
import type { CampaignView, UnitView } from "#app/campaign/read-campaign.ts";
import { campaignIssueBody } from "#app/presentation/campaign-issue.ts";
import { campaignPolicy } from "#domain/campaign/campaign-policy.ts";
import type { CampaignUnit, UnitPull } from "#domain/campaign/campaign-unit.ts";
import type { UnitStanding } from "#domain/campaign/unit-standing.ts";
import { CodeHostError } from "#domain/ports.ts";
import type { Campaign } from "#schemas/types.ts";
import { REPO } from "../../adapters/github/local-host.ts";
import { type ControlRoom, openControlRoom } from "../operations/control-room.ts";

const campaign: Campaign = { kind: "Campaign", name: "kit", owner: "@alice", library: "kit", to: "1.2.4" };
let room: ControlRoom;
let context: ControlRoom["context"];
/** What was written to GitHub when a turn of writing was taken. */
let turns: number[];

beforeAll(async () => {
  room = await openControlRoom();
  await room.commit({ ".github/CODEOWNERS": "* @acme/all\n/kit-* @bob @acme/kit\n" });
  await room.context.mirrorOf(room.host.repository).sync();
}, 120_000);

afterAll(async () => {
  await room?.end();
});

beforeEach(() => {
  room.host.forget();
  turns = [];
  const records = createCampaignRecords(room.store.db);
  const { forges } = room.context.campaigns;
  const takeTurn = async (): Promise<void> => void turns.push(room.host.writes().length);
  context = {
    ...room.context,
    campaigns: { ...room.context.campaigns, records, forges: { ...forges, takeTurn } },
  };
});

let opened = 0;

/** A pull request on the local GitHub that waits for its owners since 2026-03-02, in a campaign. */
async function waiting(standing: (headSha: string) => UnitStanding): Promise<CampaignView> {
  opened += 1;
  const { number, sha } = await room.host.newPullRequest({ [`kit-${opened}.json`]: "{}\n" });
  const { repository } = room.host;
  const openedAtMs = Date.parse("2026-03-02T12:00:00Z");
  const unit: CampaignUnit = {
    repositoryId: repository.id,
    repository: repository.fullName,
    base: "main",
    look: {
      atMs: openedAtMs,
      head: (await room.host.codeHost.branchHead(repository, "main")) ?? "",
      aim: "kit@1.2.4",
      result: { kind: "needed" },
      uses: [],
      versions: [],
      imports: [],
    },
    judged: null,
    pull: {
      number,
      url: `${room.host.github.url}/alice/scripts/pull/${number}`,
      headSha: sha,
      version: "1.2.4",
      state: "open",
      openedAtMs,
      endedAtMs: null,
      evidence: null,
    },
  };
  const scoped = {
    repository: {
      ...repository,
      head: null,
      kind: "scripts" as const,
      seenAtMs: 0,
      removedAtMs: null,
      settledState: null,
    },
    scripts: [{ name: "artwork", version: "1", owner: "team-art", path: ".", labels: {}, upgrades: null }],
    owner: "team-art",
    depth: 0,
    perMinute: null,
  };
  const view: UnitView = {
    unit,
    scoped,
    standing: standing(sha),
    judgement: { kind: "checking" },
    shipped: [],
    isDue: false,
    key: `${repository.id} main`,
    owner: "team-art",
    depth: 0,
    perMinute: null,
    openedAtMs,
  };
  const state = { startedAtMs: openedAtMs, issue: 5, ship: null, history: [] };
  const scope = new Map([[repository.id, scoped]]);
  return { campaign, policy: campaignPolicy(campaign), state, scope, units: [view] };
}

const passed = (headSha: string): UnitStanding => ({
  kind: "judged",
  judged: { verdict: "pass", score: 97, reason: "", failing: null, isUnchanged: false, headSha, atMs: 0 },
});

function pullOf(view: CampaignView): UnitPull {
  const pull = view.units[0]?.unit.pull;
  if (!pull) throw new Error("there is no pull request");
  return pull;
}

async function comments(view: CampaignView): Promise<string[]> {
  const { number } = pullOf(view);
  const { data } = await room.host.alice.rest.issues.listComments({ ...REPO, issue_number: number });
  return data.map(({ body }) => body ?? "");
}

it("tells the owners once what is in the way and what to do, and counts it", async () => {
  const view = await waiting(passed);
  await room.host.bob.rest.pulls.createReview({
    ...REPO,
    pull_number: pullOf(view).number,
    event: "REQUEST_CHANGES",
    body: "no",
  });
  const after = await chasePulls(context, view);
  expect(await comments(view)).toEqual([
    `⏳ @bob, @acme/kit, \`team-art\`: **the upgrade to \`kit@1.2.4\` waits for you**. Nothing has happened here since 2026-03-02. Its canary passed · 97/100.

**What is in the way**

- Changes were asked for by \`bob\`.

**What to do**

- Answer that review, or dismiss it.
- Or close it: then this version is not offered again.

This is the only reminder. [The whole campaign](${room.host.github.url}/alice/scripts/issues/5).

<!-- showrunner:upgrade-reminder -->`,
  ]);
  // A turn was taken before the one write.
  expect(turns).toEqual([0]);
  expect(room.host.writes()).toHaveLength(1);
  expect(campaignIssueBody(campaign, after.units, [], { publicUrl: null, problem: null })).toMatch(
    /reminded of 1 pull request that waits/,
  );
  const [kept] = await context.campaigns.records.listUnits("kit");
  expect(kept).toMatchObject({ isDue: true, unit: { pull: { chase: "reminded" } } });
  await chasePulls(context, after);
  expect(await comments(view)).toHaveLength(1);
});

it("finds its own comment again after a crash before it was written down, and after a lost store", async () => {
  const view = await waiting(() => ({ kind: "blocked", reason: "somebody pushed to the branch" }));
  await chasePulls(context, view);
  await chasePulls(context, view);
  room.host.forget();
  const host = room.host.restarted();
  const after = await chasePulls({ ...context, host }, { ...view, campaign: { ...campaign, to: "1.2.5" } });
  expect(room.host.writes().filter((line) => line.includes("/comments"))).toEqual([]);
  expect(pullOf(after).chase).toBe("reminded");
  const [only, ...more] = await comments(view);
  expect(more).toEqual([]);
  expect(only).toContain("- It is blocked: somebody pushed to the branch.");
});

it("sends it once more when the answer to it was lost, and finds it then", async () => {
  const view = await waiting(passed);
  room.host.afterwards = ({ method, path }) => {
    if (method === "POST" && path.endsWith("/comments")) throw new Error("the line broke");
  };
  await expect(chasePulls(context, view)).rejects.toThrow();
  room.host.afterwards = () => undefined;
  expect(pullOf(await chasePulls(context, view)).chase).toBe("reminded");
  expect(await comments(view)).toHaveLength(1);
});

it("does not take the marker in a stranger's comment for its own", async () => {
  const view = await waiting(passed);
  await room.host.mallory.rest.issues.createComment({
    ...REPO,
    issue_number: pullOf(view).number,
    body: "not me\n\n<!-- showrunner:upgrade-reminder -->",
  });
  await chasePulls(context, view);
  expect(await comments(view)).toHaveLength(2);
});

it("leaves alone what was closed meanwhile", async () => {
  const view = await waiting(passed);
  await room.host.alice.rest.pulls.update({ ...REPO, pull_number: pullOf(view).number, state: "closed" });
  const after = await chasePulls(context, view);
  expect(await comments(view)).toEqual([]);
  expect(pullOf(after).chase).toBeUndefined();
  // It is looked at again at once.
  expect(after.units[0]?.isDue).toBe(true);
});

it("holds up no other where nobody may comment, and does not ask there again", async () => {
  const locked = await waiting(passed);
  const other = await waiting(passed);
  const commentOnce: typeof context.host.commentOnce = (repository, issue, ...rest) =>
    issue === pullOf(locked).number
      ? Promise.reject(new CodeHostError("terminal", "GitHub answered 403: the conversation is locked"))
      : context.host.commentOnce(repository, issue, ...rest);
  const both = { ...locked, units: [...locked.units, ...other.units.map((one) => ({ ...one, key: "2" }))] };
  const after = await chasePulls({ ...context, host: { ...context.host, commentOnce } }, both);
  expect(after.units.map(({ unit }) => unit.pull?.chase)).toEqual(["refused", "reminded"]);
});

it("mentions nobody by what a repository's texts say", async () => {
  const view = await waiting(() => ({ kind: "blocked", reason: "see @acme/everybody <img src=x>" }));
  await chasePulls(context, view);
  const [body] = await comments(view);
  expect(body).not.toContain("@acme/everybody");
  expect(body).not.toContain("<img");
});
