import { describe, expect, it } from "@jest/globals";
import { type CliRun, runAgainst, runCommand } from "./cli-harness.ts";

const done = {
  kind: "pause",
  target: "artwork",
  dryRun: false,
  affected: ["artwork@4"],
  summary: "Pause artwork@4",
  files: [{ path: "holds/artwork@4.yaml", change: "written" }],
  undo: "showrunner resume artwork",
};

/** Runs a command against a control plane that gives this one answer; what it was asked. */
async function operate(
  args: readonly string[],
  status = 200,
  answer: object = done,
): Promise<CliRun & { asked: unknown; authorization: string | undefined }> {
  const run = await runAgainst(args, [[status, answer]]);
  return { ...run, asked: run.asked[0]?.body, authorization: run.asked[0]?.authorization };
}

describe("an operation from the command line", () => {
  it("is sent with the token and the reason, and tells what was done and what undoes it", async () => {
    const run = await operate(["pause", "artwork", "--reason", "checkout errors"]);
    expect(run.authorization).toBe("Bearer secret");
    expect(run.asked).toEqual({
      kind: "pause",
      target: "artwork",
      reason: "checkout errors",
      by: "maya",
      dryRun: false,
    });
    expect(run.out).toBe(
      "Pause artwork@4\n  written holds/artwork@4.yaml\nUndo: showrunner resume artwork\n",
    );
    expect(run.code).toBe(0);
  });

  it.each<[string, readonly string[], object]>([
    ["a group", ["abort", "group:checkout"], { kind: "abort", target: "group:checkout" }],
    [
      "labels",
      ["pause", "-l", "team=web", "tier=1"],
      { kind: "pause", target: { selector: "team=web,tier=1" } },
    ],
    [
      "a confirmed number",
      ["kill", "-l", "team=web", "--confirm", "12"],
      { kind: "kill", target: { selector: "team=web" }, confirm: 12 },
    ],
    [
      "an earlier commit",
      ["rollback", "artwork@4", "--to", "1f0c9e2"],
      { kind: "rollback", target: "artwork@4", to: "1f0c9e2" },
    ],
    [
      "a freeze with an end",
      ["freeze", "region:eu-west-1", "--for", "2h"],
      { kind: "freeze", target: "region:eu-west-1", for: "2h" },
    ],
    ["a dry run", ["unkill", "fleet", "--dry-run"], { kind: "unkill", target: "fleet", dryRun: true }],
    [
      "a promotion with its reason",
      ["promote", "artwork", "--reason", "checked"],
      { kind: "promote", target: "artwork", reason: "checked" },
    ],
  ])("sends %s", async (_name, args, expected) => {
    expect((await operate(args)).asked).toMatchObject(expected);
  });

  it("says what would happen on a dry run, and nothing of an undo", async () => {
    const { out } = await operate(["pause", "artwork", "--dry-run"], 200, { ...done, dryRun: true });
    expect(out).toBe("Would do: Pause artwork@4\n  written holds/artwork@4.yaml\n");
  });

  it("prints one JSON document", async () => {
    const { out, log } = await operate(["pause", "artwork", "--json"]);
    expect(JSON.parse(out)).toEqual({ ok: true, ...done });
    expect(log).toBe("");
  });

  it("exits with 1 and the server's reason when it is refused, in JSON as well", async () => {
    const error = { code: "nothing_to_do", message: "artwork@4 is not paused." };
    const refused = await operate(["resume", "artwork", "--json"], 409, { error });
    expect(refused.code).toBe(1);
    expect(refused.log).toBe("artwork@4 is not paused.\n");
    expect(JSON.parse(refused.out)).toEqual({ ok: false, error });
    expect((await operate(["pause", "nobody"], 404, { error })).code).toBe(1);
  });

  it("exits with 3 when there is no control plane, or it cannot do it now or knows no such token", async () => {
    const error = { code: "x", message: "no" };
    expect((await operate(["pause", "artwork"], 503, { error })).code).toBe(3);
    expect((await operate(["pause", "artwork"], 401, { error })).code).toBe(3);
    expect((await runCommand(["pause", "a"], { SHOWRUNNER_URL: "http://127.0.0.1:9" })).code).toBe(3);
  });

  it.each<[string, readonly string[], string]>([
    ["no target", ["pause"], "Name a target, or select scripts"],
    ["both target and labels", ["pause", "artwork", "-l", "a=b"], "one of the two"],
    ["a target that is none", ["freeze", "the world"], "is no target"],
    ["labels that are none", ["pause", "-l", "web"], "is no selector"],
    ["a promotion without a reason", ["promote", "artwork"], "say why with --reason"],
    ["a duration without a unit", ["freeze", "fleet", "--for", "2"], "Write a duration like 2h"],
    ["an end for a pause", ["pause", "artwork", "--for", "2h"], "unknown option"],
    ["a commit that is none", ["rollback", "artwork", "--to", "main"], "Write a commit"],
  ])("exits with 2 for %s", async (_name, args, message) => {
    const { code, log, out } = await runCommand(args, {});
    expect(code).toBe(2);
    expect(log).toContain(message);
    expect(out).toBe("");
  });
});
