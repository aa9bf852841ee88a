import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import pLimit from "p-limit";
import type { CampaignDetail } from "#app/api/campaign-view.ts";
import type { InventoryUse } from "#app/campaign/read-inventory.ts";
import {
  campaignRepositories,
  type CampaignRepository,
  isDeclaredOnly,
  KIT,
  needsKit,
  needsRules,
  RULES,
} from "./campaign-repositories.ts";
import { type CampaignStage, startSmallStage, startWholeStage } from "./campaign-stage.ts";
import { eventually } from "./eventually.ts";

/** CAMPAIGN_REPOSITORIES=200 runs the same on the whole platform of `npm start`, for the better part of an hour. */
const asked = Number(process.env["CAMPAIGN_REPOSITORIES"] ?? 0);
const COUNT = asked === 0 ? 11 : asked;
const patience = asked === 0 ? 1 : 15;
/** Requests a second that all scripts together get. */
const REQUESTS_PER_SECOND = 150;
const KIT_BRANCH = "showrunner/upgrade/acme__edge-kit";
const advisory = {
  id: "GHSA-made-up-0001",
  summary: "Answers may be read by others",
  modified: "2026-01-01T00:00:00Z",
  affected: [
    {
      package: { ecosystem: "npm", name: KIT },
      ranges: [{ type: "SEMVER", events: [{ introduced: "0" }, { fixed: "1.2.4" }] }],
    },
  ],
};

/** The samples of `npm start` use the libraries too. */
const selector = { made: "generated" };

interface Pull {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly labels: readonly { readonly name: string }[];
  readonly base: { readonly ref: string };
  readonly head: { readonly ref: string; readonly sha: string };
}

let stage: CampaignStage;
let repositories: CampaignRepository[];
const load = new AbortController();
const few = pLimit(4);

beforeAll(async () => {
  stage = await (asked === 0 ? startSmallStage() : startWholeStage());
  const { regions, registryUrl } = stage;
  const maxDuration = asked === 0 ? "40s" : "240s";
  repositories = await campaignRepositories(COUNT, { maxDuration, regions, registryUrl });
  await Promise.all(
    repositories.map(({ name, files, olderFiles }) =>
      few(async () => {
        await stage.push(name, "main", files);
        if (olderFiles !== null) await stage.push(name, "versions/3", olderFiles);
      }),
    ),
  );
  const routes = repositories.flatMap(({ routes: own }) => own);
  await eventually("every script is served", 120_000 * patience, async () => {
    const { scripts } = await stage.overview();
    const served = scripts.filter(
      ({ name, regions: cells }) =>
        name.startsWith("unit-") && cells.every(({ stable, next }) => stable !== null && next === null),
    );
    return served.length === routes.length ? true : null;
  });
  void viewers();
  // Little traffic goes first, so all of it is to be counted before a campaign begins.
  await eventually("traffic is counted", 60_000 * patience, async () => {
    const { uses } = await stage.api<{ uses: Pick<InventoryUse, "script" | "requestsPerMinute">[] }>(
      "GET",
      `/api/inventory?library=${encodeURIComponent(KIT)}`,
    );
    const current = uses.filter(({ script }) => script.startsWith("unit-") && !script.endsWith("@3"));
    return current.length > 0 && current.every((one) => (one.requestsPerMinute ?? 0) > 0) ? true : null;
  });
}, 450_000 * patience);

afterAll(async () => {
  load.abort();
  await stage?.close();
}, 180_000);

/** Requests to every script but those whose verdict needs none: little traffic goes first. */
async function viewers(): Promise<void> {
  const routes = repositories.filter((one) => !isDeclaredOnly(one)).flatMap(({ routes: own }) => own);
  const pauseMs = Math.max(150, (1_000 * routes.length) / REQUESTS_PER_SECOND);
  for (let viewer = 0; !load.signal.aborted; viewer += 1) {
    for (const route of routes) {
      void fetch(`${stage.gatewayUrl}${route}`, {
        headers: { "x-user": `viewer-${viewer}` },
        signal: load.signal,
      })
        .then((answer) => answer.arrayBuffer())
        .catch(() => null);
    }
    await sleep(pauseMs);
  }
}

/** Waits until a campaign is as wanted; how it is then. */
async function reached(name: string, what: string, isReached: (seen: CampaignDetail) => boolean) {
  let last: CampaignDetail | null = null;
  try {
    return await eventually(`${name}: ${what}`, 150_000 * patience, async () => {
      last = await stage.api<CampaignDetail>("GET", `/api/campaigns/${name}`).catch(unknownYet);
      return last !== null && isReached(last) ? last : null;
    });
  } catch (error) {
    throw new Error(`it is ${JSON.stringify(last, null, 1)}`, { cause: error });
  }
}

/** A file that was pushed a moment ago is not known yet. */
function unknownYet(error: unknown): null {
  if (error instanceof Error && error.message.includes("unknown_campaign")) return null;
  throw error;
}

/** Puts a file into the fleet repository, as people do. */
async function pushToFleet(file: string, text: string): Promise<void> {
  const content = Buffer.from(text).toString("base64");
  await stage.github("PUT", `/repos/acme/fleet/contents/${file}`, { message: `Add ${file}`, content });
}

async function declare(name: string, fields: object): Promise<void> {
  const campaign = { kind: "Campaign", name, owner: "@operators", selector, ...fields };
  await pushToFleet(`campaigns/${name}.yaml`, JSON.stringify(campaign));
}

const pullsOf = (name: string): Promise<Pull[]> =>
  stage.github("GET", `/repos/acme/${name}/pulls?state=all&per_page=100`);

async function mainPull(name: string, branch = KIT_BRANCH): Promise<Pull> {
  const found = (await pullsOf(name)).find(({ head, base }) => head.ref === branch && base.ref === "main");
  if (found === undefined) throw new Error(`${name} has no pull request from ${branch}`);
  return found;
}

function only(kind: CampaignRepository["kind"]): CampaignRepository {
  const found = repositories.find((one) => one.kind === kind);
  if (found === undefined) throw new Error(`there is no repository of the kind ${kind}`);
  return found;
}

const needing = (): CampaignRepository[] => repositories.filter(needsKit);
const older = (): CampaignRepository[] => needing().filter(({ olderFiles }) => olderFiles !== null);

/** When the commit on a pull request was made, epoch milliseconds. */
async function committedAt({ name }: CampaignRepository): Promise<number> {
  const { sha } = (await mainPull(name)).head;
  const { committer } = await stage.github<{ committer: { date: string } }>(
    "GET",
    `/repos/acme/${name}/git/commits/${sha}`,
  );
  return Date.parse(committer.date);
}

/** Title, labels, verdict, and a branch that installs. */
async function demandPull(name: string, kind: CampaignRepository["kind"]): Promise<void> {
  const pull = await eventually(`${name} tells its verdict`, 30_000 * patience, async () => {
    const found = await mainPull(name);
    return /\*\*Evidence\*\*: ✅ Canary passed · 100\/100.*\. The campaign so far: /.test(found.body)
      ? found
      : null;
  });
  expect(pull.title).toBe(`Update ${KIT} to ${kind === "declared only, exact" ? "" : "^"}1.2.4`);
  expect(pull.labels.map((label) => label.name)).toEqual(["showrunner", "upgrade"]);
  expect(pull.body).toContain("/acme/fleet/issues/");
  await stage.install(name, KIT_BRANCH);
}

/** All pull requests and branches of all repositories, but for what bodies tell of the campaign around them. */
async function everything(): Promise<unknown[]> {
  return Promise.all(
    repositories.map(({ name }) =>
      few(async () => [
        (await pullsOf(name)).map(({ number, title, state, head }) => [number, title, state, head.sha]),
        await stage.github("GET", `/repos/acme/${name}/branches?per_page=100`),
      ]),
    ),
  );
}

describe("a campaign on the running platform", () => {
  it(
    "opens the right pull requests in waves, canaries them, and shows their scores",
    async () => {
      await pushToFleet(
        "codemods/kit.ts",
        'export default ({ text }: { text: string }) => text.replace("isOldKit", "isNewKit");\n',
      );
      const codemod = "codemods/kit.ts";
      const firstWave = asked === 0 ? 2 : 5;
      await declare("kit", { library: KIT, to: "1.2.4", firstWave, openMax: 1_000, codemod });
      await declare("bad-rules", { library: RULES, to: "1.1.1", firstWave: 2 });
      const judged = await reached(
        "kit",
        "all are judged",
        ({ counts }) => counts.passed + counts.untried === needing().length + older().length,
      );
      const opened = judged.units.filter(({ pullRequest }) => pullRequest !== null);
      expect(opened.map(({ repository, base }) => `${repository} ${base}`).sort()).toEqual(
        [
          ...needing().map(({ name }) => `acme/${name} main`),
          ...older().map(({ name }) => `acme/${name} versions/3`),
        ].sort(),
      );
      await Promise.all(needing().map(({ name, kind }) => few(() => demandPull(name, kind))));
      await Promise.all(
        older().map(({ name }) => few(() => stage.install(name, `${KIT_BRANCH}@versions-3`))),
      );
      const changed = await stage.github<{ content: string }>(
        "GET",
        `/repos/acme/${only("caret").name}/contents/src/unused.ts?ref=${encodeURIComponent(KIT_BRANCH)}`,
      );
      expect(Buffer.from(changed.content, "base64").toString()).toBe("export const isNewKit = true;\n");
      // The first wave had a verdict without traffic, and was judged before any other pull request was there.
      const first = needing().filter(isDeclaredOnly).slice(0, 2);
      const others = needing().filter((one) => !isDeclaredOnly(one));
      const began = await Promise.all(others.map(committedAt));
      for (const one of first) expect(await committedAt(one)).toBeLessThanOrEqual(Math.min(...began));
      const issues = await stage.github<Pull[]>("GET", "/repos/acme/fleet/issues?labels=campaign&state=all");
      const own = issues.filter(({ body }) => body.includes(KIT));
      expect(own).toHaveLength(1);
      expect(own[0]?.body).toContain("✅ passed");
    },
    1_200_000 * patience,
  );

  it(
    "stops itself when early scores are bad, before it opens more",
    async () => {
      const stopped = await reached("bad-rules", "it stops", ({ state }) => state === "stopped");
      expect(stopped.stopped?.by).toBe("showrunner");
      expect(stopped.stopped?.reason).toMatch(/^2 of 2 judged pull requests failed, and at most 20% may/);
      const tried = stopped.units.filter(({ pullRequest }) => pullRequest !== null);
      expect(tried.map(({ verdict }) => verdict)).toEqual(["fail", "fail"]);
      expect(stopped.counts.waiting).toBe(repositories.filter(needsRules).length - 2);
      // What others depend on goes first, so none of these was opened.
      const later = repositories.filter(({ kind }) => kind === "ranks for viewers");
      for (const { name } of later) expect(await pullsOf(name)).toEqual([]);
      await expect(stage.api("POST", "/api/campaigns/bad-rules/ship", {})).rejects.toThrow(/is stopped/);
    },
    500_000 * patience,
  );

  it(
    "keeps a person's commit, and makes a branch anew where its base conflicts",
    async () => {
      const theirs = only("declared only, exact").name;
      await stage.push(theirs, KIT_BRANCH, { "notes.md": "Mine now.\n" });
      const kept = (await mainPull(theirs)).head.sha;
      const moved = only("declared only");
      await stage.push(moved.name, "main", moved.conflictingFiles ?? {});
      const { object } = await stage.github<{ object: { sha: string } }>(
        "GET",
        `/repos/acme/${moved.name}/git/ref/heads/main`,
      );
      const before = (await mainPull(moved.name)).head.sha;
      await reached(
        "kit",
        "a person's branch is left alone",
        ({ units }) => units.find(({ repository }) => repository === `acme/${theirs}`)?.state === "blocked",
      );
      const rebased = await eventually("its branch is made anew", 60_000 * patience, async () => {
        const { head } = await mainPull(moved.name);
        return head.sha === before ? null : head.sha;
      });
      const { parents } = await stage.github<{ parents: { sha: string }[] }>(
        "GET",
        `/repos/acme/${moved.name}/git/commits/${rebased}`,
      );
      expect(parents.map(({ sha }) => sha)).toEqual([object.sha]);
      await stage.install(moved.name, KIT_BRANCH);
      await reached(
        "kit",
        "it is judged again",
        ({ units }) =>
          units.find(({ repository }) => repository === `acme/${moved.name}`)?.state === "passed",
      );
      expect((await mainPull(theirs)).head.sha).toBe(kept);
    },
    450_000 * patience,
  );

  it(
    "ships what scores enough by one order, and leaves one record of it",
    async () => {
      const shippable = needing().length - 1;
      const dry = await stage.api<{ ships: unknown[] }>("POST", "/api/campaigns/kit/ship", { dryRun: true });
      expect(dry.ships).toHaveLength(shippable);
      await stage.api("POST", "/api/campaigns/kit/ship", { score: 90, by: "maya" });
      const shipped = await reached("kit", "all are shipped", ({ counts }) => counts.shipped === shippable);
      expect(shipped.counts).toMatchObject({ untried: older().length, blocked: 1, rolledBack: 0 });
      const audit = await stage.api<{ operations: { action: string; actor: string }[] }>(
        "GET",
        "/api/operations",
      );
      expect(audit.operations.filter(({ action }) => action === "campaign ship")).toMatchObject([
        { actor: "api/maya" },
      ]);
      const transitive = repositories.filter(({ kind }) => kind === "transitive");
      await eventually(
        "the inventory knows the old version in transitive uses alone",
        30_000 * patience,
        async () => {
          const query = `library=${encodeURIComponent(KIT)}&range=${encodeURIComponent("<1.2.4")}`;
          const { uses } = await stage.api<{ uses: { script: string; direct: boolean }[] }>(
            "GET",
            `/api/inventory?${query}`,
          );
          const own = uses.filter(({ script }) => script.startsWith("unit-"));
          const isOnly = own.every(
            ({ script, direct }) => transitive.some(({ name }) => `${name}@4` === script) && !direct,
          );
          return isOnly && own.length === transitive.length ? own : null;
        },
      );
    },
    900_000 * patience,
  );

  it(
    "changes nothing when it is run again, and reaches transitive uses by an advisory",
    async () => {
      const before = await everything();
      await stage.api("POST", "/api/campaigns/kit/stop", { reason: "it is over" });
      await stage.api("POST", "/api/campaigns", { library: KIT, to: "1.2.4", name: "again", selector });
      const looked = await reached(
        "again",
        "all were looked at",
        ({ units, counts }) => units.length >= COUNT && counts.waiting + counts.trying === 0,
      );
      expect(looked.counts.notNeeded).toBe(COUNT - 1);
      expect(await everything()).toEqual(before);
      await stage.api("POST", "/api/campaigns/again/stop", { reason: "it was idle" });

      await stage.api("POST", "/api/campaigns", { advisory, name: "leak", selector });
      const affected = repositories.filter(({ kind }) => kind === "transitive");
      await reached("leak", "it reaches transitive uses", ({ units }) =>
        affected.every(({ name }) =>
          units.some(({ repository, pullRequest }) => repository === `acme/${name}` && pullRequest !== null),
        ),
      );
      for (const { name } of affected) {
        const pull = await mainPull(name);
        expect(pull.title).toBe(`Update ${KIT} to 1.2.4 [security]`);
        expect(pull.labels.map((label) => label.name)).toEqual(["showrunner", "upgrade", "security"]);
        await stage.install(name, KIT_BRANCH);
      }
    },
    450_000 * patience,
  );
});
