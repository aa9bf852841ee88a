import { statSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { claimHome, pidFileOf, releaseHome } from "#local/home.ts";
import { LogFile } from "#local/log-file.ts";
import { readPidFile } from "#local/pid-file.ts";
import { loadSecrets } from "#local/secrets.ts";
import { temporaryHome } from "./temporary-home.ts";

let home: ReturnType<typeof temporaryHome>;

beforeEach(() => {
  home = temporaryHome();
});

afterEach(() => {
  home.remove();
});

describe("claiming a home", () => {
  it("leaves this process's id for others to see, until it is released", () => {
    expect(claimHome(home)).toEqual({ ok: true });
    expect(readPidFile(pidFileOf(home, "supervisor"))).toBe(process.pid);
    releaseHome(home);
    expect(readPidFile(pidFileOf(home, "supervisor"))).toBeNull();
  });

  it.each([
    ["a process that is gone", "999999999"],
    ["a process that is something else today", String(process.ppid)],
    ["nothing readable", "not a number"],
  ])("takes over a file that names %s", (_what, content) => {
    writeFileSync(pidFileOf(home, "supervisor"), content);
    expect(claimHome(home)).toEqual({ ok: true });
    expect(readPidFile(pidFileOf(home, "supervisor"))).toBe(process.pid);
  });
});

describe("secrets", () => {
  it("are made once, differ from one another, and are readable by this user alone", async () => {
    const first = await loadSecrets(home);
    const second = await loadSecrets(home);
    expect(second).toEqual(first);
    expect(
      new Set([first.operator.token, first.maya.token, first.jonas.token, first.webhookSecret]).size,
    ).toBe(4);
    for (const file of [
      first.apiTokenFile,
      `${first.registrationFolder}/eu-west-1`,
      `${home.keys}/app.pem`,
    ]) {
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
  });
});

describe("a log file", () => {
  it("keeps the newest lines in bounded space", () => {
    const path = `${home.logs}/part.log`;
    const log = new LogFile(path, 1_000);
    for (let index = 0; index < 500; index += 1) log.writeLine(`line ${index}`);
    log.close();
    expect(statSync(path).size + statSync(`${path}.1`).size).toBeLessThan(2_100);
    expect(log.tail().at(-1)).toBe("line 499");
  });
});
