import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { CampaignDetail } from "#app/api/campaign-view.ts";
import { campaignRepositories, type CampaignRepository } from "../e2e/campaign-repositories.ts";
import { eventually } from "../e2e/eventually.ts";
import {
  type CampaignFleet,
  deathsASort,
  region,
  revive,
  startCampaign,
  startCampaignFleet,
} from "./campaign-fleet.ts";
import { dieAtEverySort } from "./die-at-every-sort.ts";
import type { SmallFleet } from "./small-fleet.ts";

let started: CampaignFleet;
let fleet: SmallFleet;
/** One whose script imports the kit, and a monorepo of two such scripts. */
let repositories: CampaignRepository[];
const load = new AbortController();

beforeAll(async () => {
  started = await startCampaignFleet();
  fleet = started.fleet;
  const { registryUrl } = started;
  const made = await campaignRepositories(4, { maxDuration: "20s", regions: [region], registryUrl });
  repositories = made.filter(({ kind }) => kind === "caret" || kind === "monorepo");
  for (const { name, files } of repositories) await fleet.push(name, files);
  for (const route of routes()) {
    await eventually(`${route} is served`, 150_000, async () =>
      (await fleet.ask("eu-1", route)).includes('"id"') ? true : null,
    );
  }
  await eventually("every script is stable", 150_000, async () => {
    const all = Object.values(await stables());
    return all.length === routes().length && all.every((commit) => commit !== "") ? all : null;
  });
  void viewers();
}, 720_000);

afterAll(async () => {
  load.abort();
  await started?.close();
}, 30_000);

const routes = (): string[] => repositories.flatMap((one) => one.routes);

/** Traffic for the canaries. */
async function viewers(): Promise<void> {
  for (let viewer = 0; !load.signal.aborted; viewer += 1) {
    for (const route of routes()) {
      void fetch(`${fleet.gatewayOf("eu-1")}${route}`, {
        headers: { "x-user": `viewer-${viewer}` },
        signal: load.signal,
      })
        .then((answer) => answer.arrayBuffer())
        .catch(() => null);
    }
    await sleep(150);
  }
}

/** Waits until the campaign is as wanted, and has the control plane start again whenever it died. */
async function reached(what: string, isReached: (seen: CampaignDetail) => Promise<boolean> | boolean) {
  let last: CampaignDetail | null = null;
  try {
    return await eventually(what, 300_000, async () => {
      await revive(fleet);
      last = await fleet.api<CampaignDetail>("GET", "/api/campaigns/kit").catch(() => null);
      // It may die while it is asked.
      const isThere = last !== null && (await Promise.resolve(isReached(last)).catch(() => false));
      return isThere ? last : null;
    });
  } catch (error) {
    throw new Error(`it is ${JSON.stringify(last, null, 1)}`, { cause: error });
  }
}

/** What each script's stable revision is. */
async function stables(): Promise<Record<string, string>> {
  const { scripts } = await fleet.overview();
  return Object.fromEntries(
    scripts.map(({ name, regions }) => [name, regions.map(({ stable }) => stable?.commit ?? "").join()]),
  );
}

async function pullsOf(name: string) {
  const pulls: { head: { ref: string; sha: string } }[] = (
    await fleet.bench.api("GET", `/repos/acme/${name}/pulls?state=open`)
  ).body;
  return pulls;
}

/** Branches of open pull requests. */
async function reverts(): Promise<string[]> {
  const found = await Promise.all(repositories.map(({ name }) => pullsOf(name)));
  return found.flat().map(({ head }) => head.ref);
}

describe("R1: the control plane dies with kill -9 while a campaign is taken back", () => {
  it("at every sort of write, and every script goes back once, with one revert of each", async () => {
    const before = await stables();
    await startCampaign(fleet);
    await reached("all passed", ({ counts }) => counts.passed === repositories.length);
    await fleet.api("POST", "/api/campaigns/kit/ship", { by: "alice" });
    await reached("all are shipped", ({ counts }) => counts.shipped === repositories.length);
    await reached("every script has moved", async () => {
      const now = await stables();
      return Object.entries(before).every(([name, stable]) => now[name] !== stable);
    });

    const deaths = dieAtEverySort(fleet, { times: deathsASort });
    await reached("the order is taken", async ({ stopped }) => {
      if (stopped?.rollback === true) return true;
      await fleet.api("POST", "/api/campaigns/kit/rollback", { by: "alice" }).catch(() => null);
      return false;
    });
    const done = await reached("all are back", async ({ state }) => {
      const now = await stables();
      const isBack = Object.entries(before).every(([name, stable]) => now[name] === stable);
      return isBack && state === "rolledBack" && (await reverts()).length >= routes().length;
    });
    fleet.github.fate = () => ({ kind: "pass" });
    expect([...deaths.keys()]).toEqual(
      expect.arrayContaining([
        "POST fleet git/trees",
        "POST fleet git/commits",
        "PATCH fleet git/refs/heads%2Fmain",
        "POST git/trees",
        "POST git/commits",
        "POST git/refs",
        "POST pulls",
      ]),
    );

    expect(done.rollback).toEqual({ left: 0, back: routes().length, stays: [] });
    const scripts = routes().map((route) => route.slice(1));
    const names = (await reverts()).map((ref) => ref.replace(/^showrunner\/revert-(.*)-4-\w+$/, "$1"));
    expect(names.sort()).toEqual(scripts.toSorted());
    const commits: { commit: { message: string } }[] = (
      await fleet.bench.api("GET", "/repos/acme/fleet/commits?per_page=100")
    ).body;
    const messages = commits.map(({ commit }) => commit.message).join("\n");
    for (const script of scripts)
      expect(messages.match(new RegExp(`Roll ${script}@4 back from`, "g"))).toHaveLength(1);
    expect(messages.match(/The campaign kit is taken back/g)).toHaveLength(1);
    await expect(fleet.api("POST", "/api/campaigns/kit/rollback", {})).rejects.toThrow(/nothing_to_do/);
  }, 2_100_000);
});
