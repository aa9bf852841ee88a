import { describe, expect, it } from "@jest/globals";
import { promiseRecord } from "#domain/rollout/promise-record.ts";

const completed = { kind: "completed", unproven: false } as const;
const rolledBack = { kind: "rolledBack", reason: "errors", by: "showrunner", to: null } as const;

describe("the record of promises", () => {
  it("counts what has completed against its promise, and nothing else", () => {
    const rollouts = [
      { phase: completed, promisedByMs: 100, endedAtMs: 100 },
      { phase: completed, promisedByMs: 100, endedAtMs: 90 },
      { phase: completed, promisedByMs: 100, endedAtMs: 101 },
      { phase: completed, promisedByMs: 100, endedAtMs: null },
      { phase: rolledBack, promisedByMs: 100, endedAtMs: 90 },
    ];
    expect(promiseRecord(rollouts)).toEqual({ completed: 3, onTime: 2, onTimePct: 66.7 });
    expect(promiseRecord([])).toEqual({ completed: 0, onTime: 0, onTimePct: null });
  });
});
