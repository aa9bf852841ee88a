import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startBench, USERS, type Bench } from "./harness.ts";

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

const root = path.join(import.meta.dirname, "../..");

/** The real process, on the bench's folder. */
async function startProcess(home: string) {
  const app = path.join(bench.folder, "app.json");
  const users = path.join(bench.folder, "users.json");
  await writeFile(app, JSON.stringify(bench.options.app), { mode: 0o600 });
  await writeFile(users, JSON.stringify(USERS), { mode: 0o600 });
  const child = spawn(process.execPath, [path.join(root, "src/local-github/main.ts")], {
    cwd: bench.folder,
    env: {
      PATH: process.env["PATH"],
      LOCAL_GITHUB_PORT: "0",
      LOCAL_GITHUB_HOME: home,
      LOCAL_GITHUB_APP: app,
      LOCAL_GITHUB_USERS: users,
      LOCAL_GITHUB_VALIDATE: "1",
      LOG_LEVEL: "warn",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  const url = /^local-github ready (http:\S+)\n$/.exec(String(line))?.[1] ?? "";
  return { child, url };
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(child, "exit");
  child.kill(signal);
  const [code] = await ended;
  return typeof code === "number" ? code : null;
}

const headers = { authorization: "token alice-token" };

describe("a restart", () => {
  it("keeps repositories, pull requests, comments, tokens and deliveries", async () => {
    const clone = await bench.repository("acme", "artwork");
    await bench.git(clone, "checkout", "-q", "-b", "topic");
    await bench.commit(clone, { "t.txt": "t\n" });
    await bench.git(clone, "push", "-q", "origin", "topic");
    await bench.api("POST", "/repos/acme/artwork/pulls", {
      body: { title: "T", head: "topic", base: "main" },
    });
    await bench.api("POST", "/repos/acme/artwork/issues/1/comments", { body: { body: "kept" } });
    const token = await bench.installationToken("acme");
    await bench.github.webhooksSent();
    const before = bench.receiver.hooks.length;
    await bench.restart();
    expect((await bench.api("GET", "/repos/acme/artwork/pulls/1", { token })).body).toMatchObject({
      mergeable: true,
    });
    expect((await bench.api("GET", "/repos/acme/artwork/issues/1/comments")).body).toMatchObject([
      { body: "kept" },
    ]);
    const list = await bench.api("GET", "/app/hook/deliveries?per_page=100", { token: bench.appJwt() });
    expect(list.body).toHaveLength(before);
    // Nothing is told twice.
    await bench.github.webhooksSent();
    expect(bench.receiver.hooks).toHaveLength(before);
  });

  it("finds out about a push that a crash kept it from telling", async () => {
    const directory = path.join(bench.options.home, "repos/acme/artwork.git");
    const main = (await bench.api("GET", "/repos/acme/artwork/git/ref/heads/main")).body.object.sha;
    const tree = (await bench.api("GET", `/repos/acme/artwork/git/commits/${main}`)).body.tree.sha;
    const body = {
      message: "next",
      tree,
      parents: [(await bench.api("GET", "/repos/acme/artwork/pulls/1")).body.head.sha],
    };
    const { sha } = (await bench.api("POST", "/repos/acme/artwork/git/commits", { body })).body;
    await bench.git(directory, "update-ref", "refs/heads/topic", sha);
    await bench.restart();
    while (!bench.receiver.names().includes("pull_request.synchronize")) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect((await bench.api("GET", "/repos/acme/artwork/pulls/1")).body.head.sha).toBe(sha);
  });
});

describe("the process", () => {
  it("keeps all that it acknowledged when it is killed, and stops when it is told to", async () => {
    const home = path.join(bench.folder, "killed");
    const first = await startProcess(home);
    const post = (url: string, route: string, body: object) =>
      fetch(`${url}/api/v3${route}`, { method: "POST", headers, body: JSON.stringify(body) });
    await post(first.url, "/orgs/acme/repos", { name: "kept", auto_init: true });
    let acknowledged = 0;
    const killed = new Promise<void>((resolve) => {
      void (async () => {
        while (acknowledged < 200) {
          const response = await post(first.url, "/repos/acme/kept/issues", {
            title: `issue ${acknowledged}`,
          }).catch(() => undefined);
          if (response?.status !== 201) break;
          acknowledged += 1;
          if (acknowledged === 20) first.child.kill("SIGKILL");
        }
        resolve();
      })();
    });
    await killed;
    const second = await startProcess(home);
    const issues: unknown = await (
      await fetch(`${second.url}/api/v3/repos/acme/kept/issues?per_page=100`, { headers })
    ).json();
    expect(Array.isArray(issues) ? issues.length : 0).toBeGreaterThanOrEqual(acknowledged);
    expect((await fetch(`${second.url}/api/v3/repos/acme/kept/contents/README.md`, { headers })).status).toBe(
      200,
    );
    expect(await (await fetch(`${second.url}/_local/violations`)).json()).toEqual([]);
    expect((await fetch(`${second.url}/healthz`)).status).toBe(200);
    expect(await stop(second.child, "SIGTERM")).toBe(0);
  });
});
