import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { endLeftovers, pidFileOf } from "#local/home.ts";
import { readPidFile } from "#local/pid-file.ts";
import { Supervisor } from "#local/supervisor.ts";
import { stubPart } from "./stubs/stub-part.ts";
import { eventually, isAlive, temporaryHome } from "./temporary-home.ts";

let home: ReturnType<typeof temporaryHome>;
let supervisor: Supervisor;
let events: string[];

beforeEach(() => {
  home = temporaryHome();
  events = [];
  supervisor = new Supervisor(home, (name, event) => events.push(`${name} ${event.kind}`));
});

afterEach(async () => {
  await supervisor.stop([], 2_000);
  home.remove();
});

function pidOf(name: string): number {
  const pid = readPidFile(pidFileOf(home, name));
  if (pid === null) throw new Error(`${name} has no pid file`);
  return pid;
}

describe("a supervised part", () => {
  it("is up when it says so, with its process id in a file and its output in a log", async () => {
    await supervisor.start(stubPart("one", "well"));
    expect(isAlive(pidOf("one"))).toBe(true);
    expect(readFileSync(join(home.logs, "one.log"), "utf8")).toContain("stub ready");
  });

  it("comes back under a new process id after kill -9, and its siblings do not notice", async () => {
    await supervisor.start(stubPart("one", "well"));
    await supervisor.start(stubPart("other", "well"));
    const first = pidOf("one");
    const other = pidOf("other");
    process.kill(first, "SIGKILL");
    await eventually(() => events.includes("one readyAgain"));
    expect(pidOf("one")).not.toBe(first);
    expect(pidOf("other")).toBe(other);
    expect(events).toContain("one ended");
  });

  it("takes the processes it had started with it when it is killed", async () => {
    await supervisor.start(stubPart("one", "parent"));
    const log = readFileSync(join(home.logs, "one.log"), "utf8");
    const child = Number(/child (\d+)/.exec(log)?.[1]);
    expect(isAlive(child)).toBe(true);
    process.kill(pidOf("one"), "SIGKILL");
    await eventually(() => !isAlive(child));
  });

  it("that never gets up is given up with its last words", async () => {
    await expect(supervisor.start(stubPart("one", "broken"))).rejects.toThrow(
      /one could not be started \(exit code 3\)[\s\S]*this stub has nothing to do[\s\S]*one\.log/,
    );
  });
});

describe("stopping", () => {
  it("ends every part, also one that does not listen, within five seconds, and leaves no pid file", async () => {
    await Promise.all([
      supervisor.start(stubPart("well", "well")),
      supervisor.start(stubPart("stubborn", "stubborn")),
      supervisor.start(stubPart("parent", "parent")),
    ]);
    const pids = [pidOf("well"), pidOf("stubborn"), pidOf("parent")];
    const startedAtMs = Date.now();
    await supervisor.stop(
      [
        { names: ["stubborn"], patienceMs: 500 },
        { names: ["well", "parent"], patienceMs: 1_000 },
      ],
      4_000,
    );
    expect(Date.now() - startedAtMs).toBeLessThan(5_000);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(readdirSync(home.run)).toEqual([]);
  });

  it("cancels a restart that was about to happen", async () => {
    await supervisor.start(stubPart("one", "well"));
    process.kill(pidOf("one"), "SIGKILL");
    await eventually(() => events.includes("one ended"));
    await supervisor.stop([], 2_000);
    expect(existsSync(pidFileOf(home, "one"))).toBe(false);
  });
});

describe("kill -9 of the supervisor", () => {
  it("ends all parts and what they started, and the next start cleans up", async () => {
    const script = join(import.meta.dirname, "stubs/supervise.ts");
    const killed = spawn(process.execPath, [script, home.path], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise((resolve) => {
      killed.stdout.once("data", resolve);
    });
    const pids = ["well", "stubborn", "parent"].map(pidOf);
    const child = Number(/child (\d+)/.exec(readFileSync(join(home.logs, "parent.log"), "utf8"))?.[1]);
    expect([...pids, child].every(isAlive)).toBe(true);
    killed.kill("SIGKILL");
    await eventually(() => ![...pids, child].some(isAlive));
    await endLeftovers(home);
    expect(readdirSync(home.run)).toEqual([]);
  });
});
