import { execFile } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { freePortBlock } from "../local/free-port.ts";
import { type RunningPlatform, startPlatform } from "../local/start-platform.ts";
import { curl, git, until } from "./forge.ts";

const home = mkdtempSync(join(tmpdir(), "showrunner-operations-"));
const secret = `whsec_${Buffer.from("a secret of the receiver's").toString("base64")}`;
const told: { type: string; subject: string }[] = [];
let receiver: Server;
let platform: RunningPlatform;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      // Throws where the signature does not hold, and the test ends.
      told.push(Object(new Webhook(secret).verify(body, Object(request.headers))));
      response.writeHead(204).end();
    });
  });
  receiver.listen(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port: receiverPort }: AddressInfo = Object(receiver.address());
  const port = await freePortBlock(40);
  const env = { SHOWRUNNER_NOTIFY_ALLOW: `127.0.0.1:${receiverPort}`, SHOWRUNNER_NOTIFY_RECEIVER: secret };
  platform = await startPlatform({ port, home, tour: false, env });
  const notify = `notify:\n  - { name: receiver, url: "http://127.0.0.1:${receiverPort}/", signingSecret: RECEIVER }\n`;
  await push("fleet", "fleet.yaml", notify);
  // The first releases of all samples take both cores; operating is about the next ones.
  for (const script of ["artwork", "subtitles", "search-suggest"])
    await until(`${script} is everywhere`, 120_000, async () => ((await served(script)) ? true : null));
}, 300_000);

afterAll(async () => {
  await platform.stop();
  receiver.closeAllConnections();
  receiver.close();
  rmSync(home, { recursive: true, force: true });
}, 30_000);

/** The installed command line, as a process of its own. */
function showrunner(...args: string[]): Promise<{ code: number; out: string; log: string }> {
  const env = {
    ...process.env,
    NODE_OPTIONS: "",
    SHOWRUNNER_URL: platform.urls.dashboard,
    SHOWRUNNER_HOME: home,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ["bin/showrunner.js", ...args], { env }, (error, out, log) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : -1;
      resolve({ code, out, log });
    });
  });
}

/** Adds text to a file of a repository as maya, on `main` or on a branch; the commit. */
async function push(repository: string, file: string, text: string, branch = "main"): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "showrunner-person-"));
  try {
    const url = new URL(`${platform.urls.github}/acme/${repository}.git`);
    url.username = "maya";
    url.password = platform.token("maya");
    await git(folder, "clone", "--quiet", url.href, "clone");
    const clone = join(folder, "clone");
    if (branch !== "main") await git(clone, "switch", "--quiet", "--create", branch);
    appendFileSync(join(clone, file), text);
    await git(clone, "commit", "--quiet", "--all", "--message", "Change it");
    await git(clone, "push", "--quiet", "origin", branch);
    return await git(clone, "rev-parse", "HEAD");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function change(script: string, word: string, branch = "main"): Promise<string> {
  const text = `\n(globalThis as Record<string, unknown>)["e2e"] = "${word}";\n`;
  return push(script, "src/index.ts", text, branch);
}

interface Rollouts {
  /** Absent, as `served` is, before the script is known. */
  readonly rollouts?: readonly { readonly commit: string; readonly phase: string }[];
  readonly served?: Readonly<Record<string, string | null>>;
}

async function rolloutsOf(script: string): Promise<Rollouts> {
  return (await fetch(`${platform.urls.dashboard}/api/scripts/${script}/rollouts`)).json();
}

async function served(script: string): Promise<boolean> {
  const { served: commits } = await rolloutsOf(script);
  return Object.values(commits ?? {}).some((commit) => commit !== null);
}

/** Waits until a rollout's account says a word, such as its phase. */
async function isSaid(script: string, commit: string, word: string): Promise<void> {
  await until(`${script} ${commit.slice(0, 7)} is ${word}`, 90_000, async () => {
    const { rollouts } = await rolloutsOf(script);
    const mine = rollouts?.find((rollout) => rollout.commit === commit);
    return JSON.stringify(mine ?? null).includes(word) ? true : null;
  });
}

async function operateByApi(body: object): Promise<number> {
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${readFileSync(join(home, "token"), "utf8").trim()}`,
  };
  const url = `${platform.urls.dashboard}/api/operations`;
  return (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).status;
}

async function checkOf(sha: string): Promise<{ id: number; conclusion: string | null } | null> {
  const path = `/repos/acme/artwork/commits/${sha}/check-runs`;
  const found = await curl<{ check_runs: { id: number; conclusion: string | null }[] }>(
    platform,
    "GET",
    path,
  );
  return found.check_runs[0] ?? null;
}

async function comments(number: number): Promise<string> {
  const path = `/repos/acme/artwork/issues/${number}/comments`;
  return (await curl<{ body: string }[]>(platform, "GET", path)).map(({ body }) => body).join("\n");
}

it("a merge is held by a comment, let go by a button, waited for by a script, and rolled back by a command", async () => {
  const head = await change("artwork", "held", "e2e/held");
  const { number } = await curl<{ number: number }>(platform, "POST", "/repos/acme/artwork/pulls", {
    title: "Say held",
    head: "e2e/held",
    base: "main",
  });
  await until("our check passes", 90_000, async () => ((await checkOf(head))?.conclusion ? true : null));
  await curl(platform, "POST", `/repos/acme/artwork/issues/${number}/comments`, {
    body: "/hold until I say so",
  });
  await until("the pull request shows it", 60_000, async () =>
    (await comments(number)).includes("Merging rolls nothing out until") ? true : null,
  );
  const merged = await curl<{ sha: string }>(
    platform,
    "PUT",
    `/repos/acme/artwork/pulls/${number}/merge`,
    {},
  );
  await until("the comment says that it is paused", 60_000, async () =>
    (await comments(number)).includes("Paused by") ? true : null,
  );
  const gate = showrunner("wait", "artwork", "--sha", merged.sha, "--timeout", "3m");
  const pressed = await fetch(
    `${platform.urls.github}/acme/artwork/checks/${(await checkOf(head))?.id ?? 0}/actions`,
    {
      method: "POST",
      headers: { authorization: `Bearer ${platform.token("maya")}` },
      body: new URLSearchParams({ identifier: "resume" }),
    },
  );
  expect(pressed.ok).toBe(true);
  expect(await gate).toMatchObject({ code: 0 });
  expect(await showrunner("rollback", "artwork", "--reason", "a try")).toMatchObject({ code: 0, log: "" });
  await until("the comment tells the rollback and its revert", 90_000, async () =>
    /Rolled back `artwork@4`.*a try.*Revert: #\d+/.test(await comments(number)) ? true : null,
  );
  const closed = await showrunner("wait", "artwork", "--sha", merged.sha);
  expect(closed.code).toBe(1);
  expect(closed.log).toContain("a try");
}, 400_000);

it("a script is frozen by the API and thawed by a command, and a group is frozen with all that is in it", async () => {
  expect(await operateByApi({ kind: "freeze", target: "subtitles", reason: "the finale" })).toBe(200);
  const commit = await change("subtitles", "frozen");
  await isSaid("subtitles", commit, "the finale");
  expect(
    await showrunner("freeze", "group:playback-path", "--reason", "launch", "--for", "1h"),
  ).toMatchObject({
    code: 0,
  });
  expect(await showrunner("unfreeze", "subtitles")).toMatchObject({ code: 0 });
  await isSaid("subtitles", commit, "launch");
  expect(await operateByApi({ kind: "unfreeze", target: "group:playback-path", reason: "done" })).toBe(200);
  const done = await showrunner("wait", "subtitles", "--sha", commit, "--timeout", "3m");
  expect(done).toMatchObject({ code: 0 });
}, 400_000);

it("a script is paused by the API, its rollout superseded by the next merge, and that one aborted by a command", async () => {
  // Paused before anything moves: on a quick machine a rollout is over before it can be stopped.
  expect(await operateByApi({ kind: "pause", target: "search-suggest", reason: "a look" })).toBe(200);
  const first = await change("search-suggest", "first");
  await isSaid("search-suggest", first, "a look");
  const second = await change("search-suggest", "second");
  await isSaid("search-suggest", first, "superseded");
  await isSaid("search-suggest", second, "a look");
  expect(await showrunner("abort", "search-suggest", "--reason", "not now")).toMatchObject({ code: 0 });
  const gate = await showrunner("wait", "search-suggest", "--sha", second, "--timeout", "3m");
  expect(gate.code).toBe(1);
  expect(gate.log).toContain("not now");
}, 400_000);

function types(subject: string): Set<string> {
  return new Set(told.filter((one) => one.subject === subject).map(({ type }) => type));
}

it("others were told of all of it, signed", async () => {
  await until("the last notices arrive", 30_000, async () =>
    types("search-suggest@1").has("dev.showrunner.rollout.aborted") ? true : null,
  );
  expect([...types("artwork@4")]).toEqual(
    expect.arrayContaining(["dev.showrunner.rollout.completed", "dev.showrunner.rollout.rolledBack"]),
  );
  expect([...types("subtitles@1")]).toContain("dev.showrunner.rollout.frozen");
  expect([...types("search-suggest@1")]).toContain("dev.showrunner.rollout.superseded");
}, 60_000);
