import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createGitRunner, type GitRunner } from "#adapters/git/git-runner.ts";
import { commit, git, newRepository, temporaryFolder } from "./git-fixture.ts";

let home: Awaited<ReturnType<typeof temporaryFolder>>;
let runner: GitRunner;
let common: { dir: string; protocols: string[]; config: Record<string, string>; idleMs: number };
const never = new AbortController().signal;

beforeEach(async () => {
  home = await temporaryFolder();
  const origin = join(home.path, "origin");
  await newRepository(origin);
  await commit(origin, { "a.txt": "one\n" });
  common = {
    dir: await git(origin, "rev-parse", "--absolute-git-dir"),
    protocols: [],
    config: {},
    idleMs: 20_000,
  };
  runner = createGitRunner();
});

afterEach(async () => {
  if (runner.pid !== null) process.kill(runner.pid, "SIGKILL");
  await home.end();
});

const isAlive = (pid: number) => existsSync(`/proc/${pid}`);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await delay(20);
}

const programThatAsks = (last: string) => `
  import { createGitRunner } from "#adapters/git/git-runner.ts";
  const runner = createGitRunner();
  const request = { ...${JSON.stringify(common)}, args: ["rev-parse", "HEAD"] };
  await runner.text(request, new AbortController().signal);
  console.log(runner.pid);
  ${last}`;

describe("the process that runs git", () => {
  it("is one for many commands, and starts with the first", async () => {
    expect(runner.pid).toBeNull();
    const heads = await Promise.all(
      Array.from({ length: 5 }, () => runner.text({ ...common, args: ["rev-parse", "HEAD"] }, never)),
    );
    expect(new Set(heads).size).toBe(1);
    const { pid } = runner;
    await runner.text({ ...common, args: ["rev-parse", "HEAD"] }, never);
    expect(runner.pid).toBe(pid);
  });

  it("leaves git less of a busy machine than who asks", async () => {
    await runner.text({ ...common, args: ["rev-parse", "HEAD"] }, never);
    expect(getPriority(runner.pid ?? 0)).toBe(getPriority() + 5);
  });

  it("gives bytes as they are", async () => {
    const id = (await runner.text({ ...common, args: ["rev-parse", "HEAD:a.txt"] }, never)).trim();
    const bytes = await runner.bytes({ ...common, args: ["cat-file", "--batch"], input: `${id}\n` }, never);
    expect(bytes.toString()).toBe(`${id} blob 4\none\n\n`);
  });

  it("says how git ended", async () => {
    const asked = runner.text({ ...common, args: ["rev-parse", "--verify", "nothing"] }, never);
    await expect(asked).rejects.toMatchObject({
      name: "GitExit",
      exitCode: 128,
      stderr: "fatal: Needed a single revision",
    });
  });

  it("ends git when it prints too much, and when nobody waits for it", async () => {
    const long = ["log", "--format=%H%n%B"];
    await expect(runner.text({ ...common, args: long, bytesMax: 10 }, never)).rejects.toMatchObject({
      kind: "terminal",
    });
    const stopped = runner.text({ ...common, args: ["rev-parse", "HEAD"] }, AbortSignal.abort());
    await expect(stopped).rejects.toMatchObject({ name: "GitError", kind: "transient" });
  });

  it("may be killed: what ran fails for now, and the next command starts another", async () => {
    await runner.text({ ...common, args: ["rev-parse", "HEAD"] }, never);
    const { pid } = runner;
    // It waits for more of its input than ever comes.
    const waiting = runner.text({ ...common, args: ["cat-file", "--batch-check", "--buffer"] }, never);
    process.kill(pid ?? 0, "SIGKILL");
    await expect(waiting).rejects.toMatchObject({ name: "GitError", kind: "transient" });
    expect(await runner.text({ ...common, args: ["rev-parse", "HEAD"] }, never)).toMatch(/^[0-9a-f]{40}\n$/);
    expect(runner.pid).not.toBe(pid);
  });

  it("does not keep the one who asks from ending, and ends with it, also by kill -9", async () => {
    for (const last of ["", 'process.kill(process.pid, "SIGKILL");']) {
      const args = ["--disable-warning=ExperimentalWarning", "--input-type=module-typescript", "--eval"];
      const asker = spawn(process.execPath, [...args, programThatAsks(last)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const printed = (await asker.stdout.toArray()).join("");
      expect(Number(printed)).toBeGreaterThan(0);
      await until(() => !isAlive(Number(printed)));
    }
  });

  it("lets a terminal's signal to all pass by, so that what is under way can be brought to its end", async () => {
    await runner.text({ ...common, args: ["rev-parse", "HEAD"] }, never);
    const { pid } = runner;
    process.kill(pid ?? 0, "SIGINT");
    await runner.text({ ...common, args: ["rev-parse", "HEAD"] }, never);
    expect(runner.pid).toBe(pid);
  });
});
