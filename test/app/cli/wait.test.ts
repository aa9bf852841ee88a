import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type CannedControlPlane, ended, rollout, startControlPlane } from "./canned-control-plane.ts";
import { type CliRun, runCommand } from "./cli-harness.ts";

let plane: CannedControlPlane;

beforeEach(async () => {
  plane = await startControlPlane();
});

afterEach(async () => {
  await plane.stop();
});

function wait(...args: string[]): Promise<CliRun> {
  return runCommand(["wait", "artwork", "--sha", "9e2d1f0", ...args], { SHOWRUNNER_URL: plane.url });
}

describe("showrunner wait", () => {
  it("ends with 0 as soon as an event tells that the commit is everywhere", async () => {
    plane.rollouts = [rollout()];
    const running = wait();
    await sleep(400);
    plane.rollouts = [ended("completed", "Live in 3 regions")];
    const toldAtMs = Date.now();
    plane.tell();
    const { code, out, log } = await running;
    expect(code).toBe(0);
    expect(Date.now() - toldAtMs).toBeLessThan(2_000);
    expect(out).toBe("artwork@4 9e2d1f0: Live in 3 regions\n");
    expect(log).toContain("Wave 2 of 3, baking in us-east-1, 58%, expected by 2026-05-04 14:44 UTC");
  });

  it.each([
    ["rolledBack", "Rolled back to 1f0c9e2: errors 0.2% → 3.4%"],
    ["aborted", "Aborted by @maya: wrong branch"],
    ["superseded", "Superseded by 77aa00b"],
  ])("ends with 1 and says what happened when it is %s", async (phase, text) => {
    plane.rollouts = [ended(phase, text)];
    const { code, log, out } = await wait();
    expect(code).toBe(1);
    expect(log).toContain(`artwork@4 9e2d1f0 was not reached: ${text}`);
    expect(out).toBe("");
  });

  it("ends with 1 when the time is over, and says where it is", async () => {
    plane.rollouts = [rollout({ phase: "paused", phaseText: "Wave 2 of 3, paused by @maya: look" })];
    const { code, log } = await wait("--timeout", "1s");
    expect(code).toBe(1);
    expect(log).toContain("Not within 1s: artwork@4 9e2d1f0: Wave 2 of 3, paused by @maya: look");
  });

  it("waits for a rollout that has not begun", async () => {
    const running = wait("--timeout", "20s");
    await sleep(300);
    plane.rollouts = [ended("completed", "Live in 3 regions")];
    plane.tell();
    expect((await running).code).toBe(0);
  });

  it("is content with a commit that changes nothing of what is served", async () => {
    plane.served = { "4": "9e2d1f0".padEnd(40, "0") };
    const { code, out } = await wait();
    expect(code).toBe(0);
    expect(out).toContain("changes nothing of what every region serves already");
  });

  it("waits for every version that the commit changes", async () => {
    plane.rollouts = [ended("completed", "Live"), rollout({ version: "3", id: "artwork@3-9e2d1f0" })];
    expect((await wait("--timeout", "500ms")).code).toBe(1);
  });

  it("does not take another commit for the one it waits for", async () => {
    plane.rollouts = [{ ...ended("completed", "Live"), commit: "1".repeat(40) }];
    expect((await wait("--timeout", "500ms")).log).toContain("no rollout of 9e2d1f0 has begun yet");
  });

  it("takes the full commit, and stops at the start when that is asked for", async () => {
    plane.rollouts = [rollout()];
    const env = { SHOWRUNNER_URL: plane.url };
    const sha = "9e2d1f0".padEnd(40, "0");
    expect((await runCommand(["wait", "artwork@4", "--sha", sha, "--until", "started"], env)).code).toBe(0);
    plane.rollouts = [rollout({ phase: "waitingForWindow", wave: 1 })];
    const args = ["wait", "artwork", "--sha", sha, "--until", "started", "--timeout", "500ms"];
    expect((await runCommand(args, env)).code).toBe(1);
  });

  it("lives through a restart of the control plane, and goes on behind the last event it saw", async () => {
    plane.rollouts = [rollout()];
    const running = wait("--timeout", "30s");
    await sleep(300);
    plane.tell();
    await sleep(200);
    await plane.stop();
    await sleep(1_500);
    await plane.start();
    await sleep(2_500);
    expect(plane.readers).toEqual([null, "1"]);
    plane.rollouts = [ended("completed", "Live in 3 regions")];
    plane.tell();
    expect((await running).code).toBe(0);
  }, 30_000);

  it("ends with 3 when there is no control plane until the time is over", async () => {
    await plane.stop();
    const { code, log } = await wait("--timeout", "1s");
    expect(code).toBe(3);
    expect(log).toContain("Could not reach");
  });

  it("prints one JSON document", async () => {
    plane.rollouts = [ended("rolledBack", "Rolled back")];
    const { code, out } = await wait("--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      script: "artwork",
      sha: "9e2d1f0",
      reached: false,
      reason: "artwork@4 9e2d1f0 was not reached: Rolled back",
      rollout: { phase: "rolledBack" },
    });
  });

  it.each([
    ["without a commit", ["wait", "artwork"], "--sha"],
    ["for a branch", ["wait", "artwork", "--sha", "main"], "at least its first 7 digits"],
    [
      "for a phase that is none",
      ["wait", "artwork", "--sha", "9e2d1f0", "--until", "soon"],
      "Allowed choices",
    ],
    [
      "for a time without a unit",
      ["wait", "artwork", "--sha", "9e2d1f0", "--timeout", "30"],
      "Write a duration",
    ],
    ["for no script", ["wait", "Art Work", "--sha", "9e2d1f0"], "is no name of a script"],
  ])("ends with 2 when asked to wait %s", async (_name, args, message) => {
    const { code, log } = await runCommand(args, { SHOWRUNNER_URL: plane.url });
    expect(code).toBe(2);
    expect(log).toContain(message);
  });
});
