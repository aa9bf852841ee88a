import { createServer, type Server } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fastify from "fastify";
import { createNpmRegistry } from "#adapters/npm/registry.ts";
import { recordBuild } from "#adapters/store/builds.ts";
import { createCampaignRecords } from "#adapters/store/campaigns.ts";
import { listAudit } from "#adapters/store/audit.ts";
import { createReleaseRecords } from "#adapters/store/library-releases.ts";
import { inventoryRoutes } from "#app/api/inventory-routes.ts";
import { changeCampaign } from "#app/campaign/change-campaign.ts";
import type { FleetChange } from "#app/reconciler/fleet-committer.ts";
import { createCampaignController } from "#app/reconciler/reconcile-campaign.ts";
import { shipCampaign } from "#app/campaign/ship-campaign.ts";
import { startCampaign } from "#app/campaign/start-campaign.ts";
import { createReleaseController } from "#app/reconciler/reconcile-releases.ts";
import { parseScript } from "#domain/manifest/parse-manifest.ts";
import type { Digest } from "#schemas/types.ts";
import { REPO } from "../../adapters/github/local-host.ts";
import { type ControlRoom, fleetYaml, openControlRoom, releasesAt } from "../operations/control-room.ts";

const dayMs = 86_400_000;
const digest: Digest = `sha256:${"a".repeat(64)}`;
const askedAtMs = Date.parse("2026-05-04T10:00:00Z");

/** What the registry on loopback says of a library: its releases with their age in days. */
let published: Record<string, { readonly days: number; readonly deprecated?: string }>;
let status = 200;
let requests: { readonly url: string | undefined; readonly known: string | undefined }[];
let server: Server;
let room: ControlRoom;
let nowMs = askedAtMs;
let context: ControlRoom["context"];

beforeAll(async () => {
  server = createServer(({ url, headers }, response) => {
    requests.push({ url, known: headers["if-none-match"] });
    const etag = `"${Object.keys(published).join("|")}"`;
    if (status !== 200) response.writeHead(status, { "retry-after": "1800" }).end();
    else if (headers["if-none-match"] === etag) response.writeHead(304).end();
    else {
      const versions = Object.fromEntries(
        Object.entries(published).map(([version, { deprecated }]) => [version, { version, deprecated }]),
      );
      const time = Object.fromEntries(
        Object.entries(published).map(([version, { days }]) => [
          version,
          new Date(askedAtMs - days * dayMs).toISOString(),
        ]),
      );
      response.writeHead(200, { etag }).end(JSON.stringify({ name: "@acme/kit", versions, time }));
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  room = await openControlRoom();
  context = {
    ...room.context,
    clock: { now: () => nowMs },
    campaigns: {
      ...room.context.campaigns,
      records: createCampaignRecords(room.store.db),
      releases: createReleaseRecords(room.store.db),
      newRegistry: () => createNpmRegistry({ url: `http://127.0.0.1:${port}`, cacheFolder: "", token: null }),
    },
  };
  await deploy();
}, 120_000);

afterAll(async () => {
  await room?.end();
  server?.close();
});

/** A script "artwork" that is served with @acme/kit 1.2.3 in it, and asks for patches. */
async function deploy(): Promise<void> {
  const { repository } = room.host;
  await room.store.records.upsertRepository({
    ...repository,
    head: "c".repeat(40),
    kind: "scripts",
    seenAtMs: 0,
    removedAtMs: null,
    settledState: null,
  });
  await declare("upgrades: { newReleases: patch }");
  const libraries = [
    { name: "@acme/kit", version: "1.2.3", direct: true },
    { name: "deep", version: "1.0.0", direct: false },
  ];
  await recordBuild(room.store.db, {
    key: "artwork",
    outcome: { kind: "built", digest, libraries },
    builtAtMs: 0,
  });
  await room.commit(releasesAt("artwork", { digest, commit: "c".repeat(40) }));
}

async function declare(upgrades: string): Promise<void> {
  const text = `kind: Script\nname: artwork\nowner: team-art\nentry: index.ts\n${upgrades}\n`;
  const parsed = parseScript(text, "showrunner.yaml");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  await room.store.records.upsertScript({
    name: "artwork",
    version: "1",
    repositoryId: room.host.repository.id,
    path: ".",
    manifest: parsed.manifest,
    commit: "c".repeat(40),
    declared: true,
    problems: [],
  });
}

beforeEach(() => {
  requests = [];
  status = 200;
});

afterEach(async () => {
  await declare("upgrades: { newReleases: patch }");
});

/** A scan by a replica that has just started. */
const scan = (): Promise<number | null> => createReleaseController(context)();

/** As often as the registry is asked. */
function wait(days = 0.25): void {
  nowMs += days * dayMs;
}

async function campaigns(): Promise<string[]> {
  const snapshot = await context.fleet.refresh();
  return [...(snapshot?.campaigns.values() ?? [])].map(({ campaign: { name, stopped, supersededBy } }) =>
    supersededBy !== undefined ? `${name} < ${supersededBy}` : stopped ? `${name} stopped` : name,
  );
}

describe("the scan for new releases", () => {
  it("asks nobody where nobody asked for it", async () => {
    published = { "1.2.4": { days: 30 } };
    await declare("upgrades: { cooldown: 3d }");
    expect(await scan()).toBeNull();
    expect(requests).toEqual([]);
  });

  it("waits until a release is old enough", async () => {
    published = { "1.2.3": { days: 90 }, "1.2.4": { days: 2 } };
    expect(await scan()).toBe(0.25 * dayMs);
    expect(requests).toEqual([{ url: "/@acme%2Fkit", known: undefined }]);
    expect(await campaigns()).toEqual([]);
  });

  it("starts a campaign once, however many replicas look and however often", async () => {
    wait(1);
    await Promise.all([scan(), scan(), scan()]);
    await scan();
    expect(await campaigns()).toEqual(["kit-1-2-4"]);
    expect(await room.file("campaigns/kit-1-2-4.yaml")).toMatch(
      /description: A new release\nlibrary: "@acme\/kit"\nfrom: ">=1.2.3 <1.2.4"\nto: 1.2.4\nfoundBy: scan\nrepositories:\n {2}- /,
    );
    const starts = (await room.messages()).filter((message) => message.startsWith("Start the campaign"));
    expect(starts).toHaveLength(1);
    const records = (await listAudit(room.store.db, 50)).filter(({ action }) => action === "campaign start");
    expect(records).toMatchObject([{ actor: "showrunner", subject: "campaign:kit-1-2-4" }]);
  });

  it("asks again only when it is time, and only for what is new", async () => {
    await scan();
    expect(requests).toEqual([]);
    wait();
    await scan();
    expect(requests.map(({ known }) => known)).toEqual(['"1.2.3|1.2.4"']);
  });

  it("starts nothing again that a person took away, even with another store", async () => {
    await room.commit({ "campaigns/kit-1-2-4.yaml": null });
    await room.store.db.deleteFrom("library_releases").execute();
    await scan();
    expect(await campaigns()).toEqual([]);
  });

  it("goes on with the next release, and leaves alone what a person stopped", async () => {
    published = { ...published, "1.2.5": { days: 10 } };
    wait();
    await scan();
    expect(await campaigns()).toEqual(["kit-1-2-5"]);
    const how = { by: "maya", cause: "test", evidence: {} };
    await changeCampaign(context, "kit-1-2-5", { kind: "stop", reason: "not now" }, how);
    await scan();
    expect(await campaigns()).toEqual(["kit-1-2-5 stopped"]);
    await changeCampaign(context, "kit-1-2-5", { kind: "resume" }, how);
  });

  it("lets a newer release take the place of an unfinished campaign in the same commit", async () => {
    await room.commit({
      "campaigns/kit-1-2-5.yaml": `# Ours\n${await room.file("campaigns/kit-1-2-5.yaml")}openMax: 3\n`,
    });
    published = { ...published, "1.2.6": { days: 10 } };
    wait();
    // A replica that dies as soon as its commit is there.
    const { committer } = context;
    const dying = async (change: FleetChange) => {
      await committer.submit(change);
      throw new Error("killed");
    };
    await expect(createReleaseController({ ...context, committer: { submit: dying } })()).rejects.toThrow();
    await scan();
    expect(await campaigns()).toEqual(["kit-1-2-5 < kit-1-2-6", "kit-1-2-6"]);
    expect(await room.file("campaigns/kit-1-2-5.yaml")).toMatch(/^# Ours\n[^]*openMax: 3\n/);
    await scan();
    expect(await campaigns()).toHaveLength(2);
    expect(await createCampaignController(context)("kit-1-2-5")).toBeNull();
    const { data } = await room.host.alice.rest.issues.listForRepo({ ...REPO, state: "all" });
    expect(data).toMatchObject([{ title: "Campaign: update @acme/kit to 1.2.5", state: "closed" }]);
    expect(data[0]?.body).toContain("**Superseded** by `kit-1-2-6`");
  });

  it("gives way to a campaign that a person starts for all", async () => {
    const request = { name: "ours", owner: null, description: null, selector: {}, dryRun: false, by: "maya" };
    const aim = { kind: "version", library: "@acme/kit", to: "1.2.6" } as const;
    expect((await startCampaign(context, { ...request, aim })).kind).toBe("done");
    expect(await campaigns()).toEqual(["kit-1-2-5 < kit-1-2-6", "kit-1-2-6 < ours", "ours"]);
    const ship = { minScore: null, dryRun: false, by: "maya", reason: "" };
    expect(await shipCampaign(context, "kit-1-2-6", ship)).toMatchObject({
      kind: "refused",
      message: "The pull requests of kit-1-2-6 go on in ours: ship that one.",
    });
    await scan();
    expect(await campaigns()).toHaveLength(3);
    await room.commit({
      "campaigns/ours.yaml": null,
      "campaigns/kit-1-2-6.yaml":
        (await room.file("campaigns/kit-1-2-6.yaml"))?.replace("supersededBy: ours\n", "") ?? null,
    });
  });

  it("keeps to how many campaigns the fleet lets be under way", async () => {
    await room.commit({ "fleet.yaml": `${fleetYaml}upgrades: { campaignsMax: 1 }\n` });
    const known = await room.file("campaigns/kit-1-2-6.yaml");
    await room.commit({ "campaigns/kit-1-2-6.yaml": known?.replaceAll("@acme/kit", "other") ?? null });
    published = { ...published, "1.2.7": { days: 10 } };
    wait();
    await scan();
    expect(await campaigns()).not.toContain("kit-1-2-7");
    await room.commit({ "fleet.yaml": fleetYaml });
    await scan();
    expect(await campaigns()).toContain("kit-1-2-7");
  });

  it("leaves the registry alone for as long as it wants", async () => {
    status = 429;
    wait();
    const replica = createReleaseController(context);
    expect(await replica()).toBe(1_800_000);
    expect(await replica()).toBeLessThanOrEqual(1_800_000);
    expect(requests).toHaveLength(1);
    status = 200;
    nowMs += 1_800_000;
    await replica();
    expect(requests).toHaveLength(2);
  });

  it("gets away from what is deprecated, however large the step, and reports who needs attention", async () => {
    await declare("upgrades: { newReleases: needed }");
    const gone = { days: 10, deprecated: "1.x leaks | use 2" };
    published = Object.fromEntries([
      ...Object.keys(published).map((version) => [version, gone] as const),
      ["2.0.0", { days: 10 }],
    ]);
    wait();
    await scan();
    expect(await room.file("campaigns/kit-2-0-0.yaml")).toContain(
      'description: "1.2.3 is deprecated: 1.x leaks | use 2"',
    );
    await room.commit({
      "fleet.yaml": `${fleetYaml}libraries:\n  deep: [{ range: 1.x, why: endOfLife, on: 2026-12-31 }]\n`,
    });
    await context.fleet.refresh();
    const app = fastify();
    await app.register(inventoryRoutes, { store: room.store, fleet: context.fleet });
    const answer = await app.inject({ url: "/api/inventory/attention" });
    await app.close();
    expect(answer.json()).toMatchObject({
      uses: [
        { library: "deep", direct: false, reasonText: "end of life on 2026-12-31", campaign: null },
        {
          script: "artwork@1",
          library: "@acme/kit",
          libraryVersion: "1.2.3",
          regions: ["eu-west-1", "us-east-1"],
          requestsPerMinute: null,
          reasonText: "deprecated: 1.x leaks | use 2",
          campaign: "kit-2-0-0",
        },
      ],
    });
  });
});
