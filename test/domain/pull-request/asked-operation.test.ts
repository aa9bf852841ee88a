import { describe, expect, it } from "@jest/globals";
import { type Asked, askedOperation } from "#domain/pull-request/asked-operation.ts";
import { commentCommands } from "#domain/pull-request/comment-commands.ts";

function asked(line: string, subjects: readonly string[] = ["artwork@4", "home@1"]): Asked {
  const [command] = commentCommands(line);
  if (command === undefined) throw new Error("no command");
  return askedOperation(command, subjects);
}

describe("what a command asks for", () => {
  it.each<[string, object]>([
    ["/pause", { operation: "pause", targets: ["artwork@4", "home@1"], reason: "" }],
    ["/hold not before Monday", { operation: "pause", reason: "not before Monday" }],
    ["/resume", { operation: "resume" }],
    ["/abort wrong branch", { operation: "abort", reason: "wrong branch" }],
    ["/pause artwork too slow", { operation: "pause", targets: ["artwork@4"], reason: "too slow" }],
    ["/pause home@1", { operation: "pause", targets: ["home@1"], reason: "" }],
    ["/rollback", { operation: "rollback", toCommit: null, reason: "" }],
    ["/rollback to 1f0c9e2 errors went up", { toCommit: "1f0c9e2", reason: "errors went up" }],
    ["/rollback 1f0c9e2", { toCommit: "1f0c9e2", reason: "" }],
    ["/rollback to normal", { toCommit: null, reason: "to normal" }],
    ["/rollout checked by hand", { kind: "rollout", targets: undefined, reason: "checked by hand" }],
    ["/freeze", { operation: "freeze", targets: ["artwork", "home"], forMs: null }],
    ["/freeze fleet", { operation: "freeze", targets: ["fleet"] }],
    [
      "/freeze region:eu-west-1 for 2h incident 42",
      { targets: ["region:eu-west-1"], forMs: 7_200_000, reason: "incident 42" },
    ],
    ["/freeze for 30m launch", { targets: ["artwork", "home"], forMs: 1_800_000, reason: "launch" }],
    ["/freeze artwork launch", { targets: ["artwork"], reason: "launch" }],
    ["/freeze launch tonight", { targets: ["artwork", "home"], reason: "launch tonight" }],
    ["/unfreeze group:web", { operation: "unfreeze", targets: ["group:web"] }],
    ["/canary", { kind: "canary", isStop: false, scripts: ["artwork@4", "home@1"] }],
    ["/canary artwork", { kind: "canary", isStop: false, scripts: ["artwork@4"] }],
    ["/canary stop", { kind: "canary", isStop: true, scripts: ["artwork@4", "home@1"] }],
    ["/help me", { kind: "help" }],
    ["/plan", { kind: "plan" }],
  ])("%s", (line, expected) => {
    expect(asked(line)).toMatchObject(JSON.parse(JSON.stringify(expected)));
  });

  it.each<[string, readonly string[], RegExp]>([
    ["/pause", [], /touches no script/],
    ["/freeze", [], /Say what/],
    ["/freeze fleet for ever", ["artwork@4"], /"ever" is no duration/],
  ])("says what is wrong with %s", (line, subjects, message) => {
    const wish = asked(line, subjects);
    expect(wish.kind === "wrong" && wish.message).toMatch(message);
  });
});
