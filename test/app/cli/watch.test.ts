import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createLiveDisplay } from "#app/cli/live-display.ts";
import { type CannedControlPlane, ended, rollout, startControlPlane } from "./canned-control-plane.ts";
import { runCommand } from "./cli-harness.ts";

let plane: CannedControlPlane;

beforeEach(async () => {
  plane = await startControlPlane();
});

afterEach(async () => {
  await plane.stop();
});

describe("showrunner watch", () => {
  it("shows every region, then each change as a line, and ends with the rollout", async () => {
    plane.rollouts = [rollout()];
    const running = runCommand(["watch", "artwork"], { SHOWRUNNER_URL: plane.url });
    await sleep(300);
    plane.rollouts = [ended("completed", "Live in 3 regions")];
    plane.tell();
    const { code, out } = await running;
    expect(code).toBe(0);
    const lines = out.split("\n");
    expect(lines.slice(0, 5)).toEqual([
      "artwork@4  9e2d1f0 → wave 2/3  58%   promised 14:45 UTC · expected 14:44 UTC",
      "  eu-west-1  ██████████  done    4/4 nodes",
      "  us-east-1  ██████░░░░  baking  4/4 nodes",
      "  us-west-2  ░░░░░░░░░░  waits   0/4 nodes  its window opens at 14:30",
      "  Wave 2 of 3, baking in us-east-1",
    ]);
    expect(lines.slice(5, 7)).toEqual([
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}artwork@4 {2}Wave 2 of 3, baking in us-east-1$/),
      expect.stringMatching(/^\d\d:\d\d:\d\d {2}artwork@4 {2}Live in 3 regions$/),
    ]);
  });

  it("ends with 1 when the rollout was rolled back, and shows one that has ended", async () => {
    plane.rollouts = [ended("rolledBack", "Rolled back: errors 3.4%")];
    const { code, out } = await runCommand(["watch", "artwork"], { SHOWRUNNER_URL: plane.url });
    expect(code).toBe(1);
    expect(out).toContain("ended 14:41 UTC");
    expect(out).toContain("Rolled back: errors 3.4%");
  });

  it("ends with 1 for a script that is not there, and with 3 without a control plane", async () => {
    plane.unknown = "there is no script nobody";
    expect((await runCommand(["watch", "nobody"], { SHOWRUNNER_URL: plane.url })).code).toBe(1);
    const refused = await runCommand(["watch", "artwork"], { SHOWRUNNER_URL: "ftp://x" });
    expect(refused.code).toBe(2);
  });
});

describe("the live display in a terminal", () => {
  it("draws the block anew in its place, within the terminal's width, and keeps the news below it", () => {
    let written = "";
    const display = createLiveDisplay({
      cwd: "",
      env: {},
      stdin: async () => "",
      out: (text) => {
        written += text;
      },
      log: () => undefined,
      colour: true,
      width: 20,
      now: () => Date.UTC(2026, 4, 4, 14, 21, 7),
      fetch,
    });
    display.update(["one", "\u001b[32mtwo two two two two two\u001b[0m"], ["bake started"]);
    expect(written).toBe("one\n\u001b[32mtwo two two two two\u001b[0m\n\n14:21:07  bake star\n");
    written = "";
    display.update(["one", "\u001b[32mtwo two two two two two\u001b[0m"], ["bake started"]);
    expect(written).toBe("");
    display.update(["uno"], ["done"]);
    expect(written).toBe("\u001b[4A\r\u001b[0Juno\n\n14:21:07  bake star\n14:21:07  done\n");
  });
});
