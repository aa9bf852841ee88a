import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { CampaignDetail } from "#app/api/campaign-view.ts";
import { localPackages } from "#local/registry/local-packages.ts";
import { type Registry, startRegistry } from "#local/registry.ts";
import { SmallFleet } from "../reliability/small-fleet.ts";
import {
  campaignRepositories,
  type CampaignRepository,
  KIT,
  needsKit,
  needsRules,
  RULES,
} from "./campaign-repositories.ts";
import { until } from "./forge.ts";

const run = promisify(execFile);
const COUNT = 10;
const REGION = "eu-west-1";
const fleetText = `kind: Fleet
regions:
  ${REGION}: { timezone: Europe/Dublin }
caps: { removePct: 20, canaryExposurePct: 40 }
operators: ["@alice"]
`;

let registry: Registry;
let fleet: SmallFleet;
let repositories: CampaignRepository[];
const load = new AbortController();

beforeAll(async () => {
  const packages = await localPackages(path.join(import.meta.dirname, "../.."));
  registry = await startRegistry({ port: 0, packages });
  const nodes = [{ id: "eu-1", region: REGION }];
  fleet = await SmallFleet.start({ nodes, fleet: fleetText, registryUrl: registry.url });
  const options = { maxDuration: "15s", regions: [REGION], registryUrl: registry.url };
  repositories = await campaignRepositories(COUNT, options);
  for (const { name, files, olderFiles } of repositories) {
    await fleet.push(name, files);
    if (olderFiles === null) continue;
    const clone = path.join(fleet.bench.folder, `acme-${name}`);
    await fleet.bench.git(clone, "push", "-q", "origin", "HEAD:refs/heads/versions/3");
  }
  await until("every script is served", 120_000, async () => {
    const { scripts } = await fleet.overview();
    const served = scripts.filter(({ regions }) => regions[0]?.stable && !regions[0].next);
    return served.length === repositories.flatMap(({ routes }) => routes).length ? true : null;
  });
  void viewers();
}, 150_000);

afterAll(async () => {
  load.abort();
  await fleet?.close();
  await registry?.close();
}, 30_000);

/** Requests to every script, about six a second each. */
async function viewers(): Promise<void> {
  const routes = repositories.flatMap(({ routes: own }) => own);
  for (let viewer = 0; !load.signal.aborted; viewer += 1) {
    for (const route of routes) {
      void fetch(`${fleet.gatewayOf("eu-1")}${route}`, {
        headers: { "x-user": `viewer-${viewer}` },
        signal: load.signal,
      })
        .then((answer) => answer.arrayBuffer())
        .catch(() => null);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 150);
    });
  }
}

const show = (name: string): Promise<CampaignDetail> => fleet.api("GET", `/api/campaigns/${name}`);

async function reached(name: string, what: string, isReached: (seen: CampaignDetail) => boolean) {
  return until(`${name}: ${what}`, 120_000, async () => {
    const seen = await show(name);
    return isReached(seen) ? seen : null;
  });
}

async function pullsOf(name: string) {
  const { body } = await fleet.bench.api("GET", `/repos/acme/${name}/pulls?state=all`);
  return body;
}

describe("a campaign on the running platform", () => {
  it("opens the right pull requests, canaries them in waves, ships what passes by one order, and writes nothing twice", async () => {
    const campaign = { library: KIT, to: "1.2.4", description: "Shorter answers" };
    await fleet.api("POST", "/api/campaigns", campaign);
    const judged = await reached(
      "edge-kit-1-2-4",
      "all are judged",
      ({ counts }) => counts.passed + counts.untried === 8,
    );
    const needing = repositories.filter(needsKit);
    const opened = judged.units.filter(({ pullRequest }) => pullRequest !== null);
    const older = needing.filter(({ olderFiles }) => olderFiles !== null);
    expect(opened.map(({ repository, base }) => `${repository} ${base}`).sort()).toEqual(
      [
        ...needing.map(({ name }) => `acme/${name} main`),
        ...older.map(({ name }) => `acme/${name} versions/3`),
      ].sort(),
    );
    expect(judged.units.filter(({ state }) => state === "notNeeded")).toHaveLength(3);
    for (const { name, kind } of needing) {
      const pulls = await until(`${name} tells its verdict`, 20_000, async () => {
        const found = await pullsOf(name);
        const main = found.find((pull: { base: { ref: string } }) => pull.base.ref === "main");
        return /\*\*Evidence\*\*: ✅ Canary passed · 100\/100.*\. The campaign so far: /.test(main.body)
          ? found
          : null;
      });
      expect(pulls.map((pull: { title: string }) => pull.title)).toEqual(
        kind === "with an older version"
          ? expect.arrayContaining([`Update ${KIT} to ^1.2.4`])
          : [`Update ${KIT} to ${kind === "exact" ? "" : "^"}1.2.4`],
      );
      const main = pulls.find((pull: { base: { ref: string } }) => pull.base.ref === "main");
      expect(main.labels.map((label: { name: string }) => label.name)).toEqual(["showrunner", "upgrade"]);
      expect(main.body).toContain("/acme/fleet/issues/");
    }
    await installable("unit-007", "showrunner/upgrade/acme__edge-kit");
    const issues = await fleet.bench.api("GET", "/repos/acme/fleet/issues?labels=campaign&state=all");
    expect(issues.body).toHaveLength(1);
    expect(issues.body[0].body).toContain("✅ passed");

    const dry = await fleet.api<{ ships: unknown[] }>("POST", "/api/campaigns/edge-kit-1-2-4/ship", {
      dryRun: true,
    });
    expect(dry.ships).toHaveLength(7);
    await fleet.api("POST", "/api/campaigns/edge-kit-1-2-4/ship", { score: 90, by: "maya" });
    const shipped = await reached("edge-kit-1-2-4", "all are shipped", ({ counts }) => counts.shipped === 7);
    expect(shipped.counts.untried).toBe(1);
    const audit = await fleet.api<{ operations: { action: string; actor: string }[] }>(
      "GET",
      "/api/operations",
    );
    expect(audit.operations.filter(({ action }) => action === "campaign ship")).toMatchObject([
      { actor: "api/maya" },
    ]);
    const uses = await fleet.api<{ uses: { script: string; direct: boolean }[] }>(
      "GET",
      `/api/inventory?library=${encodeURIComponent(KIT)}&range=${encodeURIComponent("<1.2.4")}`,
    );
    expect(uses.uses).toMatchObject([{ script: "unit-006@4", direct: false }]);
  }, 200_000);

  it("stops itself when early scores are bad, and says what those that fail have in common", async () => {
    await fleet.api("POST", "/api/campaigns", { library: RULES, to: "1.1.1", name: "bad-rules" });
    const stopped = await reached("bad-rules", "it stops", ({ state }) => state === "stopped");
    expect(repositories.filter(needsRules)).toHaveLength(3);
    expect(stopped.stopped?.by).toBe("showrunner");
    expect(stopped.stopped?.reason).toMatch(/^2 of \d judged pull requests failed, and at most 20% may/);
    await expect(fleet.api("POST", "/api/campaigns/bad-rules/ship", {})).rejects.toThrow(/is stopped/);
  }, 120_000);
});

/** `npm ci` works on a branch. */
async function installable(name: string, branch: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "showrunner-install-"));
  try {
    await fleet.bench.git(folder, "clone", "-q", "-b", branch, fleet.bench.remote("acme", name), "clone");
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", `--registry=${registry.url}`];
    const home = path.join(folder, "home");
    await run("npm", [...args, `--cache=${home}`], { cwd: path.join(folder, "clone") });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
