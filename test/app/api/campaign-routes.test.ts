import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fastify, { type FastifyInstance } from "fastify";
import { createNpmRegistry } from "#adapters/npm/registry.ts";
import { listAudit } from "#adapters/store/audit.ts";
import { createCampaignRecords } from "#adapters/store/campaigns.ts";
import { campaignRoutes } from "#app/api/campaign-routes.ts";
import { createCampaignDesk } from "#app/campaign/campaign-desk.ts";
import { createCampaignController } from "#app/reconciler/reconcile-campaign.ts";
import type { PullRequestRecord } from "#adapters/store/pull-requests.ts";
import type { CampaignUnit } from "#domain/campaign/campaign-unit.ts";
import type { Registry } from "#local/registry.ts";
import { REPO } from "../../adapters/github/local-host.ts";
import { registryOf } from "../../adapters/npm/registry-of.ts";
import { type ControlRoom, openControlRoom } from "../operations/control-room.ts";

const advisory = {
  id: "GHSA-made-up-0001",
  summary: "Answers may be read by others",
  affected: [
    {
      package: { ecosystem: "npm", name: "@acme/kit" },
      ranges: [{ type: "SEMVER", events: [{ introduced: "0" }, { fixed: "1.2.4" }] }],
    },
  ],
};

let room: ControlRoom;
let registry: Registry;
let app: FastifyInstance;
let context: ControlRoom["context"];

beforeAll(async () => {
  registry = await registryOf({ "@acme/kit@1.2.4": {}, "@acme/kit@1.2.5": {} });
  room = await openControlRoom();
  context = {
    ...room.context,
    campaigns: {
      ...room.context.campaigns,
      records: createCampaignRecords(room.store.db),
      newRegistry: () => createNpmRegistry({ url: registry.url, cacheFolder: "", token: null }),
    },
  };
  app = fastify();
  await app.register(campaignRoutes, { fleet: context.fleet, campaigns: createCampaignDesk(context) });
}, 120_000);

afterAll(async () => {
  await app?.close();
  await room?.end();
  await registry?.close();
});

beforeEach(async () => {
  const left = ["campaigns/kit-1-2-4.yaml", "campaigns/other.yaml", "advisories/GHSA-made-up-0001.json"];
  const present = await Promise.all(left.map(async (path) => [path, await room.file(path)] as const));
  const changes = present.filter(([, text]) => text !== null).map(([path]) => [path, null] as const);
  if (changes.length > 0) await room.commit(Object.fromEntries(changes));
  await context.fleet.refresh();
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(method: "GET" | "POST", url: string, payload?: object): Promise<Answer> {
  const answer = await app.inject({ method, url, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, body: answer.json() };
}

const start = (more: object = {}): Promise<Answer> =>
  ask("POST", "/api/campaigns", { library: "@acme/kit", to: "1.2.4", by: "maya", ...more });

/** A pull request of the campaign that its canary passed with this score. */
function passed(score: number): CampaignUnit {
  return {
    repositoryId: 7,
    repository: "acme/artwork",
    base: "main",
    look: {
      atMs: 0,
      head: "a",
      aim: "@acme/kit@1.2.4",
      result: { kind: "needed" },
      uses: [],
      versions: [],
      imports: [],
    },
    pull: {
      number: 12,
      url: "https://github.example/acme/artwork/pull/12",
      headSha: "b",
      version: "1.2.4",
      state: "open",
      openedAtMs: 0,
      endedAtMs: null,
      evidence: null,
    },
    judged: {
      verdict: "pass",
      score,
      reason: "",
      failing: null,
      isUnchanged: false,
      headSha: "b",
      atMs: 0,
    },
  };
}

/** What the pull request's check found: nothing that runs changes, so no canary is needed for a verdict. */
const unchanged: PullRequestRecord = {
  repositoryId: 7,
  number: 12,
  title: "Update @acme/kit to ^1.2.4",
  url: "https://github.example/acme/artwork/pull/12",
  verdict: "valid",
  scripts: ["artwork@1"],
  inputsHash: "",
  canary: null,
  findings: {
    kind: "valid",
    warnings: [],
    plannedAtMs: 0,
    scripts: [{ name: "artwork", version: "1", change: { kind: "sameRevision", digest: "sha256:aa" } }],
  },
};

const to = (order: string, body?: object, name = "kit-1-2-4") =>
  ask("POST", `/api/campaigns/${name}/${order}`, body);

describe("POST /api/campaigns", () => {
  it("shows what it would do and does nothing, when asked for a dry run", async () => {
    const answer = await start({ dryRun: true });
    expect(answer).toMatchObject({
      status: 200,
      body: { dryRun: true, files: ["campaigns/kit-1-2-4.yaml"], campaigns: [{ to: "1.2.4" }] },
    });
    expect(await room.file("campaigns/kit-1-2-4.yaml")).toBeNull();
  });

  it("writes one file and one record, and the campaign is there", async () => {
    expect((await ask("GET", "/api/campaigns")).body).toEqual({ campaigns: [] });
    expect((await start({ selector: { team: "web" }, description: "Shorter answers" })).status).toBe(200);
    expect(await room.file("campaigns/kit-1-2-4.yaml")).toContain("description: Shorter answers");
    expect(await ask("GET", "/api/campaigns")).toMatchObject({
      body: { campaigns: [{ name: "kit-1-2-4", library: "@acme/kit", to: "1.2.4", state: "running" }] },
    });
    // As people write it, dots and all.
    expect(await ask("GET", "/api/campaigns/kit-1.2.4")).toMatchObject({
      status: 200,
      body: { name: "kit-1-2-4", units: [], history: [], shipping: 0 },
    });
    const [first] = await listAudit(room.store.db, 1);
    expect(first).toMatchObject({
      actor: "api/maya",
      action: "campaign start",
      subject: "campaign:kit-1-2-4",
    });
  });

  it("keeps an advisory beside the campaign for it, which goes to the fixed version", async () => {
    const answer = await ask("POST", "/api/campaigns", { advisory });
    expect(answer).toMatchObject({
      status: 200,
      body: { campaigns: [{ to: "1.2.4", advisory: advisory.id }] },
    });
    expect(JSON.parse((await room.file(`advisories/${advisory.id}.json`)) ?? "")).toEqual(advisory);
  });

  it.each<[string, object, RegExp]>([
    ["a field that is none", { libary: "x" }, /there is no field .*libary/],
    ["a library that is no package", { library: "../x" }, /name of an npm package/],
    ["a version that is none", { to: "latest" }, /version such as 1\.2\.4/],
    ["labels that are none", { selector: ["team=web"] }, /object of labels/],
    ["a withdrawn advisory", { advisory: { ...advisory, withdrawn: "2026-01-01T00:00:00Z" } }, /withdrawn/],
    ["a name that is no file's", { name: "../kit" }, /lower-case letters/],
  ])("refuses %s", async (_, more, message) => {
    const answer = await start(more);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalid_request" } } });
    expect(JSON.stringify(answer.body)).toMatch(message);
  });

  it("refuses a version that is not published, and a second campaign for what one is on", async () => {
    expect(await start({ to: "9.9.9" })).toMatchObject({
      status: 409,
      body: { error: { message: "The registry has no @acme/kit@9.9.9." } },
    });
    await start();
    expect(await start()).toMatchObject({
      status: 409,
      body: { error: { message: "There is a campaign kit-1-2-4 already." } },
    });
    const rival = await start({ to: "1.2.5", name: "other" });
    expect(rival).toMatchObject({ status: 409, body: { error: { code: "refused" } } });
    expect(JSON.stringify(rival.body)).toContain("kit-1-2-4 upgrades @acme/kit already");
  });
});

describe("orders to a campaign", () => {
  it("stop it with a reason and let it go on, each once", async () => {
    await start();
    expect(await to("stop", { dryRun: true })).toMatchObject({ status: 200, body: { dryRun: true } });
    expect(await room.file("campaigns/kit-1-2-4.yaml")).not.toContain("stopped");
    expect((await to("stop", { reason: "it breaks logins", by: "maya" })).status).toBe(200);
    expect(await ask("GET", "/api/campaigns/kit-1-2-4")).toMatchObject({
      body: { state: "stopped", stopped: { reason: "it breaks logins", by: "api/maya" } },
    });
    expect(await to("stop")).toMatchObject({ status: 409, body: { error: { code: "nothing_to_do" } } });
    expect((await to("resume")).status).toBe(200);
    expect(await room.file("campaigns/kit-1-2-4.yaml")).toMatch(/resumedAt: /);
    expect(await to("resume")).toMatchObject({ status: 409, body: { error: { code: "nothing_to_do" } } });
  });

  it("ship what scores enough: first as a dry run, then with one record", async () => {
    await start();
    expect(await to("ship")).toMatchObject({ status: 409, body: { error: { code: "refused" } } });
    const { records } = context.campaigns;
    await records.saveState("kit-1-2-4", { startedAtMs: 0, history: [], issue: null });
    await records.saveUnit("kit-1-2-4", passed(95), false);
    await context.records.upsertPullRequest(unchanged);
    expect(await to("ship", { score: 96, dryRun: true })).toMatchObject({ body: { ships: [] } });
    const dry = await to("ship", { dryRun: true });
    expect(dry).toMatchObject({ body: { ships: [{ pullRequest: 12, score: 95 }], left: [] } });
    expect((await records.findState("kit-1-2-4"))?.ship ?? null).toBeNull();
    expect((await to("ship", { by: "maya" })).status).toBe(200);
    expect((await records.findState("kit-1-2-4"))?.ship).toMatchObject({ by: "api/maya", minScore: 90 });
    await to("stop", { reason: "wait" });
    expect(JSON.stringify((await to("ship")).body)).toContain("is stopped: wait. Resume it first.");
    const audit = await listAudit(room.store.db, 50);
    expect(audit.filter(({ action }) => action === "campaign ship")).toHaveLength(1);
    await records.deleteUnit("kit-1-2-4", passed(95));
  });

  it("take back what was shipped: first as a dry run, then by its file", async () => {
    await start();
    const { records } = context.campaigns;
    await records.orderShipment("kit-1-2-4", null);
    expect(await to("rollback", {})).toMatchObject({
      status: 409,
      body: { error: { code: "nothing_to_do" } },
    });
    const { pull, ...merged } = passed(95);
    if (pull === null) throw new Error("it has a pull request");
    const ended = { ...pull, state: "merged" as const, endedAtMs: Date.now() };
    await records.saveUnit("kit-1-2-4", { ...merged, pull: ended }, false);
    const dry = await to("rollback", { dryRun: true });
    expect(dry).toMatchObject({ status: 200, body: { dryRun: true, takesBack: [], coming: 1, open: 0 } });
    expect(await room.file("campaigns/kit-1-2-4.yaml")).not.toContain("stopped");
    expect((await to("rollback", { by: "maya", reason: "logins break" })).status).toBe(200);
    expect(await ask("GET", "/api/campaigns/kit-1-2-4")).toMatchObject({
      body: {
        state: "rollingBack",
        stopped: { reason: "logins break", by: "api/maya", rollback: true },
        rollback: { left: 1, back: 0, stays: [] },
      },
    });
    expect(JSON.stringify((await to("ship")).body)).toContain("is stopped: logins break");
    expect(await to("rollback")).toMatchObject({ status: 409, body: { error: { code: "nothing_to_do" } } });
    expect(await ask("GET", "/api/campaigns")).toMatchObject({
      body: { campaigns: [{ state: "rollingBack", rollback: { left: 1 } }] },
    });
    expect((await to("resume")).status).toBe(200);
    expect(await room.file("campaigns/kit-1-2-4.yaml")).not.toContain("rollback");
    await records.deleteUnit("kit-1-2-4", passed(95));
  });

  it("are told why a campaign has nothing to go by, on its issue too, until it has", async () => {
    const id = "GHSA-made-up-0001";
    const text = `kind: Campaign\nname: other\nowner: "@alice"\nlibrary: "@acme/kit"\nto: 1.2.4\nadvisory: ${id}\n`;
    await room.commit({ "campaigns/other.yaml": text });
    const problem = `advisories/${id}.json is not in the fleet repository`;
    const look = createCampaignController(context);
    const issue = async (): Promise<string> => {
      await look("other");
      const { data } = await room.host.alice.rest.issues.listForRepo({
        ...REPO,
        state: "all",
        labels: "campaign",
      });
      return data.find(({ title }) => title.includes(id))?.body ?? "";
    };
    expect(await issue()).toContain(`**Nothing to go by**, so nothing is opened: ${problem}`);
    expect(await ask("GET", "/api/campaigns/other")).toMatchObject({ body: { state: "running", problem } });
    await room.commit({ [`advisories/${id}.json`]: JSON.stringify(advisory) });
    expect(await issue()).not.toContain("Nothing to go by");
    expect(await ask("GET", "/api/campaigns/other")).toMatchObject({ body: { problem: null } });
  });

  it("are told of a campaign that is not there, and of what is wrong with them", async () => {
    for (const order of ["ship", "stop", "resume", "rollback"]) {
      expect(await to(order, {}, "nothing")).toMatchObject({
        status: 404,
        body: { error: { code: "unknown_campaign" } },
      });
    }
    expect((await ask("GET", "/api/campaigns/nothing")).status).toBe(404);
    expect((await to("ship", { score: 101 })).status).toBe(400);
    expect((await to("stop", { because: "x" })).status).toBe(400);
  });
});
