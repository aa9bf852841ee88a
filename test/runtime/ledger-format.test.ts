import { describe, expect, it } from "@jest/globals";
import { CONNECTION, connectionFate, PHASE } from "#runtime/ledger-format.ts";

describe("connectionFate", () => {
  it.each([
    [
      "hands over an idle connection when all that was read is on record",
      PHASE.turns,
      CONNECTION.idle,
      "handOver",
    ],
    ["hands over an idle connection when nothing was read", PHASE.quiet, CONNECTION.idle, "handOver"],
    ["refuses on an idle one that may have been read since", PHASE.reading, CONNECTION.idle, "refuse"],
    ["refuses a request that had no answer yet", PHASE.turns, CONNECTION.owed, "refuse"],
    ["closes where an answer had begun", PHASE.quiet, CONNECTION.answering, "close"],
    ["refuses where part of a request may have been read", PHASE.turns, CONNECTION.unclear, "refuse"],
  ] as const)("%s", (_rule, phase, state, expected) => {
    expect(connectionFate(phase, state)).toBe(expected);
  });
});
