import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ExperimentView } from "#app/api/experiment-view.ts";
import type { Overview } from "#app/api/overview.ts";
import { freePortBlock } from "../local/free-port.ts";
import { type RunningPlatform, startPlatform } from "../local/start-platform.ts";
import { eventually } from "./eventually.ts";
import { asMaya, curl, git } from "./forge.ts";
import { type Edit, commit, push, withClone } from "./stage.ts";

const home = mkdtempSync(join(tmpdir(), "showrunner-canary-"));
const env = { LOCAL_GITHUB_VALIDATE: "1" };
const artwork = { owner: "acme", repo: "artwork" };
/** As fixtures/repos/artwork/showrunner.yaml has it; a busy machine builds and reports late. */
const maxDurationMs = 60_000;
const aroundMs = 45_000;
const plainHandler = "  fetch(request: Request): Response {";
const asyncHandler = "  async fetch(request: Request): Promise<Response> {";
const firstLine = "    const url = new URL(request.url);\n";

/** What a pull request changes in the script: a line in front of the first, or text at the end of the module. */
interface Change {
  readonly name: string;
  readonly first?: string;
  readonly last?: string;
}

const changes = {
  crashing: {
    name: "crashing",
    last: `if (Date.now() > 0) throw new Error("the table of moods is missing");`,
  },
  // Warm-ups say no user, so it comes up; every fifth viewer is unlucky.
  failing: {
    name: "failing",
    first: `if (/[05]$/.test(request.headers.get("x-user") ?? "")) throw new Error("no luck");`,
  },
  slow: { name: "slow", first: `await new Promise((resolve) => setTimeout(resolve, 25));` },
  // 64 kB a request, in microseconds.
  leaking: {
    name: "leaking",
    first: `kept.push(new Array(8_000).fill(1.5));`,
    last: `const kept: unknown[] = [];`,
  },
  harmless: { name: "harmless", last: `(globalThis as Record<string, unknown>)["e2e"] = "harmless";` },
  closed: { name: "closed", last: `(globalThis as Record<string, unknown>)["e2e"] = "closed";` },
  unseen: { name: "unseen", last: `(globalThis as Record<string, unknown>)["e2e"] = "unseen";` },
} satisfies Record<string, Change>;

let platform: RunningPlatform;
const load = new AbortController();
let isLoaded = true;

beforeAll(async () => {
  platform = await startPlatform({ port: await freePortBlock(40), home, tour: false, store: "opened", env });
  await eventually("artwork is stable in every region", 150_000, async () => {
    const seen: Overview = await (await fetch(`${platform.urls.dashboard}/api/overview`)).json();
    const cells = seen.scripts.find(({ name }) => name === "artwork")?.regions ?? [];
    return cells.length === 3 && cells.every(({ stable, next }) => stable && !next) ? true : null;
  });
  void viewers();
}, 780_000);

afterAll(async () => {
  load.abort();
  await platform.stop();
  rmSync(home, { recursive: true, force: true });
}, 90_000);

/** More viewers of the one script than the platform's own traffic has. */
async function viewers(): Promise<void> {
  const gateways = Object.values(platform.urls.gateways);
  for (let viewer = 0; !load.signal.aborted; viewer += 1) {
    const url = `${gateways[viewer % gateways.length]}/artwork?id=1`;
    if (isLoaded) {
      void fetch(url, { headers: { "x-user": `e2e-${viewer % 700}` }, signal: load.signal })
        .then((answer) => answer.arrayBuffer())
        .catch(() => null);
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
  }
}

interface Pull {
  readonly number: number;
  readonly head: { readonly sha: string };
}

async function open({ name, first, last }: Change): Promise<Pull> {
  // An async handler is a little slower by itself, so only what waits becomes one.
  const waits = first?.includes("await") === true;
  const edit: Edit = (before) => {
    const handler = waits ? before.replace(plainHandler, asyncHandler) : before;
    const text = handler.replace(firstLine, `    ${first ?? ""}\n${firstLine}`);
    return last === undefined ? text : `${text}\n${last}\n`;
  };
  await withClone({ platform, home }, "artwork", async (clone) => {
    await git(clone, "switch", "--quiet", "--create", `canary/${name}`);
    await commit(clone, { "src/index.ts": edit }, `Be ${name}`);
    await git(clone, "push", "--quiet", "origin", `canary/${name}`);
  });
  const body = { title: `Be ${name}`, head: `canary/${name}`, base: "main" };
  return curl<Pull>(platform, "POST", "/repos/acme/artwork/pulls", body);
}

async function checkOf({ head }: Pull) {
  const { data } = await asMaya(platform).rest.checks.listForRef({ ...artwork, ref: head.sha });
  expect(data.check_runs.length).toBeLessThanOrEqual(1);
  return data.check_runs[0] ?? null;
}

async function verdictOf(pull: Pull, timeoutMs: number) {
  return eventually(`a verdict on #${pull.number}`, timeoutMs, async () => {
    const check = await checkOf(pull);
    return check?.status === "completed" ? check : null;
  });
}

async function running(pull: Pull): Promise<void> {
  await eventually(`#${pull.number} is tried`, aroundMs, async () =>
    /Canary running/.test((await checkOf(pull))?.output.title ?? "") ? true : null,
  );
}

async function close({ number }: Pull): Promise<void> {
  await curl(platform, "PATCH", `/repos/acme/artwork/pulls/${number}`, { state: "closed" });
}

async function overview(): Promise<Overview> {
  return (await fetch(`${platform.urls.dashboard}/api/overview`)).json();
}

interface ListedCanary {
  readonly id: string;
  readonly script: string;
  readonly cause: string;
  readonly phase: string;
  readonly headline: string;
}

async function canaries(): Promise<ListedCanary[]> {
  const answer = await fetch(`${platform.urls.dashboard}/api/canaries`).catch(() => null);
  const listed: { canaries: ListedCanary[] } = (await answer?.json()) ?? { canaries: [] };
  return listed.canaries;
}

/** Visitors of title-card where its rollouts begin. */
async function visit(signal: AbortSignal): Promise<void> {
  const headers = { "x-visitor": "e2e" };
  while (!signal.aborted) {
    await fetch(`${platform.urls.gateways["us-west-2"]}/title-card?id=7`, { headers, signal })
      .then((answer) => answer.arrayBuffer())
      .catch(() => null);
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
}

/** Puts a change of title-card on its main branch that only those visitors meet; its commit. */
function pushUnlucky(): Promise<string> {
  const unlucky = `    if (request.headers.has("x-visitor")) throw new Error("no luck");\n`;
  const edit: Edit = (text) => text.replace(firstLine, `${unlucky}${firstLine}`);
  return push({ platform, home }, "title-card", { "src/index.ts": edit });
}

function experimentText(endsAtMs: number): string {
  return `kind: Experiment
name: moods
owner: team-art
script: artwork
version: "4"
stickyBy: "header:x-user"
endsAt: "${new Date(endsAtMs).toISOString()}"
cells:
  - { name: plain, sharePct: 40, control: true }
  - { name: bold, sharePct: 40, values: { mood: bold } }
goal: { name: latencyP95 }
`;
}

/** Roles beside stable that nodes say they hold, by their own metrics. */
async function rolesOnNodes(): Promise<string[]> {
  const texts = await Promise.all(
    Object.values(platform.urls.admins).map(async (url) => (await fetch(`${url}/metrics`)).text()),
  );
  return texts.flatMap(
    (text) => text.match(/^showrunner_instance_heap_bytes\{.*role="(?:canary|baseline)".*$/gm) ?? [],
  );
}

describe("a canary on the running platform", () => {
  it.each([
    [
      "a crash at warm-up",
      changes.crashing,
      /^🔴 Canary failed · \d+\/100 · crashes: the table of moods is missing/,
    ],
    ["errors", changes.failing, /^🔴 Canary failed · \d+\/100 · errors/],
    ["slowness", changes.slow, /^🔴 Canary failed · \d+\/100 · latency/],
    // What it keeps makes requests slower and dearer too.
    ["a leak", changes.leaking, /^🔴 Canary failed · \d+\/100 · memory/],
  ])(
    "fails for %s, and says by what it shows",
    async (_name, change, title) => {
      const pull = await open(change);
      const check = await verdictOf(pull, maxDurationMs + aroundMs);
      expect(check.output.title).toMatch(title);
      expect(check.conclusion).toBe("failure");
      await eventually("the first page says so", aroundMs, async () => {
        const { pullRequests } = await overview();
        return pullRequests.find(({ number }) => number === pull.number)?.canary === "failure" ? true : null;
      });
      const { data: comments } = await asMaya(platform).rest.issues.listComments({
        ...artwork,
        issue_number: pull.number,
      });
      expect(comments).toHaveLength(1);
      await close(pull);
    },
    maxDurationMs + 2 * aroundMs,
  );

  it(
    "passes a harmless change, with a table, plots and buttons",
    async () => {
      const pull = await open(changes.harmless);
      const check = await verdictOf(pull, maxDurationMs + aroundMs);
      expect(check.output.title).toMatch(/^✅ Canary passed · \d+\/100 · safe to merge$/);
      expect(check.conclusion).toBe("success");
      expect(check.output.summary).toContain("| metric | baseline | canary | change |");
      expect(check.output.text).toContain("xychart-beta");
      await close(pull);
    },
    maxDurationMs + 2 * aroundMs,
  );

  it("is gone from every node within 10 s of the pull request's close", async () => {
    const pull = await open(changes.closed);
    await running(pull);
    await eventually("nodes hold both sides", 15_000, async () =>
      (await rolesOnNodes()).length > 0 ? true : null,
    );
    const closedAtMs = Date.now();
    await close(pull);
    await eventually("no node holds either side", 20_000, async () =>
      (await rolesOnNodes()).length === 0 ? true : null,
    );
    expect(Date.now() - closedAtMs).toBeLessThan(10_000);
    const check = await eventually("its check has ended", 15_000, async () => {
      const found = await checkOf(pull);
      return found?.status === "completed" ? found : null;
    });
    expect(check.conclusion).toBe("cancelled");
    const listed: { canaries: { id: string; pull: number | null }[] } = await (
      await fetch(`${platform.urls.dashboard}/api/canaries`)
    ).json();
    const run = listed.canaries.find((one) => one.pull === pull.number);
    const view = await fetch(`${platform.urls.dashboard}/api/canaries/${encodeURIComponent(run?.id ?? "")}`);
    expect(await view.json()).toMatchObject({ script: "artwork", phase: "ended" });
    const { data: files } = await asMaya(platform).rest.git.getTree({
      owner: "acme",
      repo: "fleet",
      tree_sha: "main",
      recursive: "1",
    });
    expect(files.tree.filter(({ path }) => path?.startsWith("canaries/"))).toEqual([]);
  }, 360_000);

  it(
    "has no verdict without traffic, and says what is missing",
    async () => {
      isLoaded = false;
      platform.kill("traffic", "SIGSTOP");
      try {
        const pull = await open(changes.unseen);
        const check = await verdictOf(pull, maxDurationMs + aroundMs);
        expect(check.output.title).toBe("⚪ Not enough evidence · 0 of 100 requests; there was no traffic");
        expect(check.conclusion).toBe("action_required");
        await close(pull);
      } finally {
        platform.kill("traffic", "SIGCONT");
        isLoaded = true;
      }
    },
    maxDurationMs + 2 * aroundMs,
  );

  it("is what a rollout begins with: it fails there, through a crash, and no region is moved", async () => {
    const visitors = new AbortController();
    void visit(visitors.signal);
    try {
      const unlucky = await pushUnlucky();
      const tried = await eventually("the rollout tries it first", aroundMs, async () => {
        const [run] = (await canaries()).filter(
          ({ script, cause }) => script === "title-card" && cause === "rollout",
        );
        return run?.phase === "starting" || run?.phase === "running" ? run : null;
      });
      platform.kill("control-plane");
      const touched = new Set<string>();
      const over = await eventually("it is rolled back", maxDurationMs + aroundMs, async () => {
        const seen = await overview().catch(() => null);
        for (const { region, next } of seen?.scripts.find(({ name }) => name === "title-card")?.regions ?? [])
          if (next) touched.add(region);
        return seen?.rollouts.find((one) => one.commit === unlucky && one.phase === "rolledBack") ?? null;
      });
      expect(over.phaseText).toMatch(/Its canary failed\. errors/);
      expect([...touched]).toEqual([]);
      const ended = (await canaries()).filter(({ id, phase }) => id === tried.id && phase === "ended");
      expect(ended).toMatchObject([{ headline: expect.stringMatching(/^🔴 Canary failed/) }]);
      await eventually("no node holds either side", 10_000, async () =>
        (await rolesOnNodes()).some((line) => line.includes('"title-card"')) ? null : true,
      );
    } finally {
      visitors.abort();
    }
  }, 540_000);

  it("leaves room for an experiment, whose cells come by its file, keep their clients, and go by a promotion", async () => {
    const { rest } = asMaya(platform);
    await rest.repos.createOrUpdateFileContents({
      owner: "acme",
      repo: "fleet",
      path: "experiments/moods.yaml",
      message: "Try moods",
      content: Buffer.from(experimentText(Date.now() + 80_000)).toString("base64"),
    });
    const rolesOf = async (user: string): Promise<string | null> => {
      const url = `${platform.urls.gateways["eu-west-1"]}/artwork?id=1`;
      const answer = await fetch(url, { headers: { "x-user": user } });
      await answer.arrayBuffer();
      return answer.headers.get("x-showrunner-role");
    };
    const users = Array.from({ length: 20 }, (_, index) => `fan-${index}`);
    // Nodes take the cells one after the other.
    const roles = await eventually("both cells answer on every node", aroundMs, async () => {
      const before = await Promise.all(users.map(rolesOf));
      await sleep(3_000);
      const seen = await Promise.all(users.map(rolesOf));
      return isDeepStrictEqual(seen, before) && seen.includes("plain") && seen.includes("bold") ? seen : null;
    });
    const experiment = async (): Promise<ExperimentView> =>
      (await fetch(`${platform.urls.dashboard}/api/experiments/moods`)).json();
    await eventually("what nodes counted is judged", aroundMs, async () => {
      const { phase, cells } = await experiment();
      return phase === "running" && cells.every(({ requests }) => requests > 0) ? true : null;
    });
    expect(await Promise.all(users.map(rolesOf))).toEqual(roles);
    const token = readFileSync(join(home, "token"), "utf8").trim();
    const promoted = await fetch(`${platform.urls.dashboard}/api/experiments/moods/promote`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ cell: "bold", reason: "people like it", by: "@maya" }),
    });
    expect(promoted.status).toBe(200);
    const pull = await eventually(
      "the cell is proposed",
      aroundMs,
      async () => (await experiment()).pullRequest,
    );
    const { data: files } = await rest.pulls.listFiles({ ...artwork, pull_number: pull });
    expect(files).toMatchObject([
      { filename: "showrunner.yaml", patch: expect.stringContaining("mood: bold") },
    ]);
    await eventually("no node holds a cell", 20_000, async () =>
      (await Promise.all(users.map(rolesOf))).every((role) => role === "stable") ? true : null,
    );
    await curl(platform, "PATCH", `/repos/acme/artwork/pulls/${pull}`, { state: "closed" });
  }, 540_000);

  it("spoke GitHub's language all the time", async () => {
    const violations = await fetch(`${platform.urls.github}/_local/violations`);
    expect(await violations.json()).toEqual([]);
  });
});
