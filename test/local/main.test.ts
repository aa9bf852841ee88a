import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pidFileOf } from "#local/home.ts";
import { readPidFile } from "#local/pid-file.ts";
import { freePort, freePortBlock } from "./free-port.ts";
import { startPlatform } from "./start-platform.ts";
import { eventually, isAlive, temporaryHome } from "./temporary-home.ts";

let home: ReturnType<typeof temporaryHome>;

beforeEach(() => {
  home = temporaryHome();
});

afterEach(() => {
  home.remove();
});

/** Runs npm start's program until it ends by itself. */
async function start(
  env: Record<string, string>,
  ...args: readonly string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../src/local/main.ts"), ...args], {
    env: { ...process.env, NODE_OPTIONS: "", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += String(chunk)));
  child.stderr.on("data", (chunk) => (stderr += String(chunk)));
  const code = await new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  return { code, stdout, stderr };
}

describe("npm start", () => {
  it.each([
    ["PORT", "http", /PORT must be a whole number/],
    ["SHOWRUNNER_TOUR", "maybe", /SHOWRUNNER_TOUR must be "on" or "off"/],
  ])("refuses %s=%s at once and says why", async (name, value, message) => {
    const { code, stdout, stderr } = await start({ SHOWRUNNER_HOME: home.path, [name]: value });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
  });

  it("says what it reads when it is asked for help, and starts nothing for a word that it does not know", async () => {
    const env = { SHOWRUNNER_HOME: home.path };
    const help = await start(env, "--help");
    expect([help.code, help.stderr]).toEqual([0, ""]);
    expect(help.stdout).toContain("SHOWRUNNER_TOUR  on, or off to skip the tour (on)");
    const { code, stdout, stderr } = await start(env, "--prot=1");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain('npm start takes no "--prot=1"');
  });

  it("names the port that somebody else has, and leaves the home free", async () => {
    const port = await freePort();
    const holder = createServer();
    await new Promise<void>((resolve) => {
      holder.listen(port, "127.0.0.1", resolve);
    });
    const { code, stderr } = await start({ SHOWRUNNER_HOME: home.path, PORT: String(port - 1) });
    await new Promise((resolve) => {
      holder.close(resolve);
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} (local GitHub) is already in use.`);
    expect(readPidFile(pidFileOf(home, "supervisor"))).toBeNull();
  });

  it("refuses a second platform on the same home, naming the first; and a stop while starting leaves no process", async () => {
    const port = await freePortBlock(40);
    const first = await startPlatform({ port, home: home.path, tour: false, store: "new", until: "spawned" });
    await eventually(() => readPidFile(pidFileOf(home, "github")) !== null);
    const github = first.pidOf("github");
    const { code, stderr } = await start({ SHOWRUNNER_HOME: home.path, PORT: String(port) });
    expect(code).toBe(1);
    expect(stderr).toContain(`in use by the platform with process id ${first.pid}`);
    expect(await first.stop()).toBe(0);
    expect(isAlive(github)).toBe(false);
  });
});
