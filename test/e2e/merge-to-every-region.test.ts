import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import type { Overview } from "#app/api/overview.ts";
import { chromiumPath, launchChromium } from "../chromium.ts";
import { freePortBlock } from "../local/free-port.ts";
import { type RunningPlatform, startPlatform } from "../local/start-platform.ts";
import { isAlive } from "../local/temporary-home.ts";
import { eventually } from "./eventually.ts";
import { asApp, asMaya, curl, git } from "./forge.ts";
import { commit, withClone } from "./stage.ts";

const home = mkdtempSync(join(tmpdir(), "showrunner-e2e-"));
const env = { LOCAL_GITHUB_VALIDATE: "1" };
const artwork = { owner: "acme", repo: "artwork" };
let port: number;
let platform: RunningPlatform;

beforeAll(async () => {
  port = await freePortBlock(40);
  platform = await startPlatform({ port, home, tour: true, store: "new", env });
}, 360_000);

afterAll(async () => {
  await platform.stop();
  rmSync(home, { recursive: true, force: true });
}, 90_000);

async function overview(): Promise<Overview> {
  const seen: Overview = await (await fetch(`${platform.urls.dashboard}/api/overview`)).json();
  return seen;
}

/** The revisions that each region's gateway answers with, asked several times, as any client sees them. */
async function served(path: string): Promise<Map<string, Set<string>>> {
  const found = new Map<string, Set<string>>();
  for (const [region, gateway] of Object.entries(platform.urls.gateways)) {
    const revisions = new Set<string>();
    for (let ask = 0; ask < 4; ask += 1) {
      const answer = await fetch(gateway + path, { headers: { connection: "close" } }).catch(() => null);
      revisions.add(answer?.headers.get("x-showrunner-revision") ?? `status ${answer?.status ?? "none"}`);
      await answer?.body?.cancel();
    }
    found.set(region, revisions);
  }
  return found;
}

async function everyRegionServesOne(path: string, other: string | null, timeoutMs: number): Promise<string> {
  return eventually(`every region serves a revision other than ${other}`, timeoutMs, async () => {
    const revisions = new Set([...(await served(path)).values()].flatMap((set) => [...set]));
    const [only] = revisions;
    return revisions.size === 1 && only?.startsWith("sha256:") && only !== other ? only : null;
  });
}

async function stableEverywhere(name: string, sha: string, timeoutMs: number): Promise<void> {
  await eventually(`${name} is stable at ${sha} in every region`, timeoutMs, async () => {
    const cells = await scriptCells(name);
    return cells.length === 3 && cells.every((cell) => !cell.next && cell.stable?.commit === sha)
      ? true
      : null;
  });
}

async function scriptCells(name: string): Promise<Overview["scripts"][number]["regions"]> {
  const found = await overview().catch(() => null);
  return found?.scripts.find((script) => script.name === name)?.regions ?? [];
}

/** One comment on a pull request says so, and there is no other. */
async function saysItIsLive(number: number): Promise<void> {
  const comments = await eventually("the comment says it is live", 15_000, async () => {
    const bodies = await commentOf(number);
    return bodies.some((body) => body.includes("Live in 3 regions")) ? bodies : null;
  });
  expect(comments).toHaveLength(1);
}

type Edit = (text: string, word: string) => string;

const sayWord: Edit = (text, word) =>
  `${text}\n(globalThis as Record<string, unknown>)["e2e"] = "${word}";\n`;

/** Fails its warm-up, and nothing else. */
const crashAtWarmUp: Edit = (text) =>
  text.replace(
    "const url = new URL(request.url);",
    `const url = new URL(request.url);
    if (request.headers.get("user-agent") === "showrunner-warmup") throw new Error("no luck");`,
  );

/** Clones artwork with plain git, changes its code, pushes a branch; the branch's name. */
async function pushChange(word: string, edit: Edit): Promise<string> {
  const branch = `e2e/${word}`;
  return withClone({ platform, home }, "artwork", async (clone) => {
    await git(clone, "switch", "--quiet", "--create", branch);
    await commit(clone, { "src/index.ts": (text) => edit(text, word) }, `Say ${word}`);
    await git(clone, "push", "--quiet", "origin", branch);
    return branch;
  });
}

/** A pull request made and merged with curl; its number and the merge commit. */
async function mergeWithCurl(word: string, edit = sayWord): Promise<{ number: number; sha: string }> {
  const head = await pushChange(word, edit);
  const pull = await curl<{ number: number; head: { sha: string } }>(
    platform,
    "POST",
    "/repos/acme/artwork/pulls",
    {
      title: `Say ${word}`,
      head,
      base: "main",
    },
  );
  // The canary is left behind: a merge may come at any time.
  await eventually("our check run has validated it", 60_000, async () => {
    const path = `/repos/acme/artwork/commits/${pull.head.sha}/check-runs`;
    const { check_runs: checks } = await curl<{ check_runs: { output: { title: string | null } }[] }>(
      platform,
      "GET",
      path,
    );
    return checks.some((check) => /Canary/.test(check.output.title ?? "")) ? true : null;
  });
  const merged = await curl<{ sha: string }>(
    platform,
    "PUT",
    `/repos/acme/artwork/pulls/${pull.number}/merge`,
    {},
  );
  return { number: pull.number, sha: merged.sha };
}

async function commentOf(number: number): Promise<string[]> {
  const { data } = await asMaya(platform).rest.issues.listComments({ ...artwork, issue_number: number });
  return data.map((comment) => comment.body ?? "");
}

async function firstWaveIsPromoted(sha: string): Promise<void> {
  await eventually("the first wave is promoted and the second is not", 60_000, async () => {
    const cells = await scriptCells("artwork");
    const first = cells.find((cell) => cell.region === "eu-west-1")?.stable?.commit === sha;
    const second = cells.find((cell) => cell.region === "us-east-1")?.stable?.commit === sha;
    if (second) throw new Error("the rollout was over before it could be interrupted");
    return first ? true : null;
  });
}

describe("a merge, from a person's git to every region", () => {
  it("takes a newcomer through the tour unattended", async () => {
    await platform.line(/^showrunner tour (ok|failed)/, 600_000);
    const { stdout } = platform.output();
    expect(stdout.split("\n")[0]).toBe(`showrunner ready ${platform.urls.dashboard}`);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("showrunner tour ok");
    expect(stdout).toMatch(/showrunner\.yaml:\d+:\d+ +unknown-region/);
    await everyRegionServesOne("/artwork?id=1", null, 10_000);
    const { data: pulls } = await asMaya(platform).rest.pulls.list({ ...artwork, state: "closed" });
    expect(pulls.filter((pull) => pull.merged_at === null)).toHaveLength(1);
  }, 1_830_000);

  it("serves what a plain git client pushed and curl merged, and says so on the pull request", async () => {
    const before = await everyRegionServesOne("/artwork?id=1", null, 10_000);
    const { number, sha } = await mergeWithCurl("plain");
    await stableEverywhere("artwork", sha, 90_000);
    await everyRegionServesOne("/artwork?id=1", before, 15_000);
    await saysItIsLive(number);
    const { data: deployments } = await asMaya(platform).rest.repos.listDeployments({ ...artwork, sha });
    expect(deployments.map((deployment) => deployment.environment).sort()).toEqual([
      "eu-west-1",
      "us-east-1",
      "us-west-2",
    ]);
    for (const { id } of deployments) {
      const { data: statuses } = await asMaya(platform).rest.repos.listDeploymentStatuses({
        ...artwork,
        deployment_id: id,
      });
      expect(statuses[0]?.state).toBe("success");
    }
  }, 540_000);

  it("takes back in the first region what fails its warm-up, and proposes the revert", async () => {
    const before = await everyRegionServesOne("/artwork?id=1", null, 10_000);
    const { number, sha } = await mergeWithCurl("crash", crashAtWarmUp);
    const touched = new Set<string>();
    await eventually("it is rolled back", 90_000, async () => {
      for (const { region, next } of await scriptCells("artwork"))
        if (next?.commit === sha) touched.add(region);
      const rollouts = (await overview()).rollouts.filter((one) => one.commit === sha);
      return rollouts.some(({ phase }) => phase === "rolledBack") ? true : null;
    });
    expect([...touched]).toEqual(["eu-west-1"]);
    expect(await everyRegionServesOne("/artwork?id=1", null, 10_000)).toBe(before);
    const revert = await eventually("the revert is proposed", 20_000, async () => {
      const { data } = await asMaya(platform).rest.pulls.list({ ...artwork, state: "open" });
      return data.find(({ head }) => head.ref.startsWith("showrunner/revert-artwork-4-")) ?? null;
    });
    await eventually("the comment says why", 15_000, async () => {
      const bodies = await commentOf(number);
      return bodies.some((body) => body.includes("Rolled back") && body.includes("no luck")) ? true : null;
    });
    const path = `/repos/acme/artwork/pulls/${revert.number}/merge`;
    const merged = await curl<{ sha: string }>(platform, "PUT", path, {});
    await eventually(
      "the branch builds to what is served, so that nothing is held any more",
      60_000,
      async () => {
        const { data } = await asMaya(platform)
          .rest.repos.getContent({
            owner: "acme",
            repo: "fleet",
            path: "holds",
          })
          .catch(() => ({ data: [] }));
        return Array.isArray(data) && data.length === 0 ? true : null;
      },
    );
    expect(merged.sha).not.toBe(sha);
    expect(await everyRegionServesOne("/artwork?id=1", null, 10_000)).toBe(before);
  }, 720_000);

  it("changes nothing when each webhook comes five times more, shuffled", async () => {
    const app = await asApp(platform, home);
    const { data: deliveries } = await app.rest.apps.listWebhookDeliveries({ per_page: 100 });
    const { data: pulls } = await asMaya(platform).rest.pulls.list({ ...artwork, state: "all" });
    const countAll = async () => {
      const counts = [];
      for (const pull of pulls) {
        const checks = await asMaya(platform).rest.checks.listForRef({ ...artwork, ref: pull.head.sha });
        const deployments = await asMaya(platform).rest.repos.listDeployments({
          ...artwork,
          sha: pull.merge_commit_sha ?? "",
        });
        counts.push([
          pull.number,
          await commentOf(pull.number),
          checks.data.total_count,
          deployments.data.length,
        ]);
      }
      return counts;
    };
    const before = await countAll();
    const fleetHead = await asMaya(platform).rest.repos.getBranch({
      owner: "acme",
      repo: "fleet",
      branch: "main",
    });
    const again = deliveries.flatMap((delivery) => Array.from({ length: 5 }, () => delivery));
    let seed = 7;
    const shuffled = again
      .map((delivery) => {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        return { delivery, order: seed };
      })
      .sort((a, b) => a.order - b.order);
    for (const { delivery } of shuffled)
      await app.rest.apps.redeliverWebhookDelivery({ delivery_id: delivery.id });
    await eventually("every redelivery was made", 60_000, async () => {
      const { data } = await app.rest.apps.listWebhookDeliveries({ per_page: 100 });
      return data.length > 0 && data.every((delivery) => delivery.redelivery) ? true : null;
    });
    await new Promise((resolve) => {
      setTimeout(resolve, 2_000);
    });
    expect(await countAll()).toEqual(before);
    for (const [, comments, checks] of before) {
      expect(comments).toHaveLength(1);
      expect(checks).toBe(1);
    }
    const fleetNow = await asMaya(platform).rest.repos.getBranch({
      owner: "acme",
      repo: "fleet",
      branch: "main",
    });
    expect(fleetNow.data.commit.sha).toBe(fleetHead.data.commit.sha);
  }, 540_000);

  it("completes a rollout in whose middle the control plane was killed", async () => {
    const before = await everyRegionServesOne("/artwork?id=1", null, 10_000);
    const { number, sha } = await mergeWithCurl("killed");
    await firstWaveIsPromoted(sha);
    platform.kill("control-plane");
    await stableEverywhere("artwork", sha, 90_000);
    await everyRegionServesOne("/artwork?id=1", before, 15_000);
    expect(await commentOf(number)).toHaveLength(1);
  }, 720_000);

  it("completes a rollout in whose middle the control plane was killed and its store deleted", async () => {
    const before = await everyRegionServesOne("/artwork?id=1", null, 10_000);
    const { number, sha } = await mergeWithCurl("forgotten");
    await firstWaveIsPromoted(sha);
    platform.kill("control-plane", "SIGSTOP");
    const pid = platform.pidOf("control-plane");
    for (const folder of ["store", "mirrors", "bundles", "build-cache"])
      rmSync(join(home, folder), { recursive: true, force: true });
    process.kill(pid, "SIGKILL");
    await stableEverywhere("artwork", sha, 120_000);
    await everyRegionServesOne("/artwork?id=1", before, 15_000);
    await saysItIsLive(number);
    const { data: deployments } = await asMaya(platform).rest.repos.listDeployments({ ...artwork, sha });
    expect(deployments).toHaveLength(3);
  }, 900_000);

  const inBrowser = chromiumPath === null ? it.skip : it;
  inBrowser(
    "shows the fleet on the first page and follows a rollout live",
    async () => {
      const browser: Browser = await launchChromium();
      try {
        const page = await browser.newPage();
        await page.goto(platform.urls.dashboard);
        const row = page.getByRole("row").filter({ hasText: /^artwork/ });
        await row.waitFor();
        const { sha } = await mergeWithCurl("seen");
        const cells = row.getByText(sha.slice(0, 7));
        await eventually("all three regions show the new commit", 90_000, async () =>
          (await cells.count()) === 3 ? true : null,
        );
        const pulls = page.locator(`a[href*="/acme/artwork/pull/"]`);
        expect(await pulls.count()).toBeGreaterThan(0);
      } finally {
        await browser.close();
      }
    },
    540_000,
  );

  it("spoke GitHub's language all the time", async () => {
    const violations = await fetch(`${platform.urls.github}/_local/violations`);
    expect(await violations.json()).toEqual([]);
  });

  it("leaves no process behind, and resumes where it was", async () => {
    const before = await everyRegionServesOne("/artwork?id=1", null, 30_000);
    const names = [
      "github",
      "registry",
      "control-plane",
      "balancer",
      "traffic",
      "eu-west-1-a",
      "us-west-2-b",
    ] as const;
    const pids = [platform.pid, ...names.map((name) => platform.pidOf(name))];
    const stoppedAtMs = Date.now();
    await platform.stop("SIGINT");
    expect(Date.now() - stoppedAtMs).toBeLessThan(5_000);
    expect(pids.filter(isAlive)).toEqual([]);
    platform = await startPlatform({ port, home, tour: false, store: "new", env });
    expect(await everyRegionServesOne("/artwork?id=1", null, 30_000)).toBe(before);
  }, 540_000);
});
