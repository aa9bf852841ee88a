import { describe, expect, it } from "@jest/globals";
import { type ShownRollout, headline, rolloutComment } from "#app/presentation/sticky-comment.ts";
import { rolloutCheck } from "#app/presentation/rollout-check.ts";
import type { RolloutPhase } from "#domain/rollout/rollout-phase.ts";

const startedAtMs = Date.parse("2026-11-02T14:00:00Z");

function rollout(phase: RolloutPhase, completedAtMs: number | null = null): ShownRollout {
  return {
    id: "artwork@4-1f0c9e2",
    script: "artwork",
    version: "4",
    commit: "1f0c9e2".padEnd(40, "0"),
    startedAtMs,
    promisedByMs: startedAtMs + 45 * 60_000,
    completedAtMs,
    state: {
      phase,
      percent: 58,
      waves: 2,
      unproven: false,
      expectedByMs: startedAtMs + 44 * 60_000,
      waveStartedAtMs: { 1: startedAtMs },
      regions: [
        {
          region: "eu-west-1",
          wave: 1,
          state: "done",
          sinceMs: startedAtMs,
          nodesAttested: 2,
          nodesTotal: 2,
          fraction: 1,
          note: null,
        },
        {
          region: "us-east-1",
          wave: 2,
          state: "waiting",
          sinceMs: null,
          nodesAttested: 0,
          nodesTotal: 2,
          fraction: 0,
          note: null,
        },
      ],
    },
  };
}

describe("headline", () => {
  it.each<[string, RolloutPhase, string]>([
    [
      "a wave under way with its promise",
      { kind: "provisioning", wave: 2, waitingFor: [], unreachable: [] },
      "🚀 Rolling out `artwork@4` `1f0c9e2` · wave 2 of 2 · on time, by 14:45 UTC",
    ],
    [
      "a closed window",
      { kind: "waitingForWindow", wave: 1, regions: ["eu-west-1"], opensAtMs: startedAtMs + 86_400_000 },
      "🕒 Waiting for a window: `artwork@4` `1f0c9e2` · wave 1 of 2 · opens 2026-11-03 14:00 UTC · by 14:45 UTC",
    ],
    [
      "who took over",
      { kind: "superseded", by: "9e2d0aa" },
      "⏭️ Superseded: `artwork@4` `1f0c9e2` · a newer merge, `9e2d0aa`, took over",
    ],
  ])("tells %s", (_name, phase, expected) => {
    expect(headline(rollout(phase))).toBe(expected);
  });

  it("tells at last how it compares with the promise", () => {
    const done = rollout({ kind: "completed", unproven: false }, startedAtMs + 41 * 60_000);
    expect(headline(done)).toBe("✅ Live in 2 regions since 14:41 UTC (4 min early) · `artwork@4` `1f0c9e2`");
  });
});

describe("a rolled back rollout", () => {
  const back = rollout(
    { kind: "rolledBack", reason: "errors 0.2% → 3.4%", by: "showrunner", to: "9e2d0aa".padEnd(40, "0") },
    startedAtMs + 9 * 60_000,
  );

  it("tells where and when, why, what was spared, and how the branch gets there", () => {
    const [line = ""] = rolloutComment([back], null, new Map([[back.id, 43]])).split("\n");
    expect(line).toBe(
      "> **⏪ Rolled back `artwork@4` `1f0c9e2` in `eu-west-1` at 14:09 UTC: errors 0.2% → 3.4%. Other regions were never touched. Back at `9e2d0aa`.** Revert: #43",
    );
  });

  it("fails the check, with a button to try it again", () => {
    const going = rollout({ kind: "provisioning", wave: 1, waitingFor: [], unreachable: [] });
    const check = rolloutCheck([going, back], "a".repeat(40), `pull:7#42@${"a".repeat(40)}`);
    expect(check).toMatchObject({
      outcome: { status: "completed", conclusion: "failure" },
      actions: [{ identifier: "rollout" }],
    });
    expect(check.title).toContain("⏪ Rolled back artwork@4 1f0c9e2 in eu-west-1");
  });
});

describe("rolloutComment", () => {
  it("shows each region with a bar and a word", () => {
    const body = rolloutComment(
      [rollout({ kind: "provisioning", wave: 2, waitingFor: [], unreachable: [] })],
      null,
    );
    expect(body).toContain("`eu-west-1` ██████████ done · `us-east-1` ░░░░░░░░░░ waits");
  });

  it("stays within 15 lines however many scripts one merge moves", () => {
    const many = Array.from({ length: 30 }, () =>
      rollout({ kind: "completed", unproven: true }, startedAtMs),
    );
    expect(rolloutComment(many, "http://127.0.0.1:4400").split("\n").length).toBeLessThanOrEqual(15);
  });
});
