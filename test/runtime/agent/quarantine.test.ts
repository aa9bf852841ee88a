import { describe, expect, it } from "@jest/globals";
import {
  afterHarm,
  GOOD_CONDUCT,
  isForgotten,
  isQuarantined,
  type Conduct,
  type Harm,
} from "#runtime/agent/quarantine.ts";

const NOW_MS = 1_000_000;
const MINUTE_MS = 60_000;

/** The conduct after harms, each so many milliseconds after the one before. */
function after(...harms: readonly (readonly [Harm, number])[]): { conduct: Conduct; nowMs: number } {
  let conduct = GOOD_CONDUCT;
  let nowMs = NOW_MS;
  for (const [harm, laterMs] of harms) {
    nowMs += laterMs;
    ({ conduct } = afterHarm(conduct, harm, nowMs));
  }
  return { conduct, nowMs };
}

describe("afterHarm", () => {
  it.each<[string, [Harm, number][], boolean, Conduct["lane"]]>([
    ["lets one cut-off pass", [["cpu", 0]], false, "shared"],
    [
      "lets two in a minute pass",
      [
        ["cpu", 0],
        ["memory", 1000],
      ],
      false,
      "shared",
    ],
    [
      "quarantines after three in a minute",
      [
        ["cpu", 0],
        ["memory", 1000],
        ["garbled", 1000],
      ],
      true,
      "shared",
    ],
    [
      "forgets points after a minute",
      [
        ["cpu", 0],
        ["cpu", 1000],
        ["cpu", 2 * MINUTE_MS],
      ],
      false,
      "shared",
    ],
    ["quarantines at once for what nobody asked for", [["background", 0]], true, "shared"],
    ["quarantines at once for a hung worker", [["hung", 0]], true, "own"],
    ["quarantines at once for a crashed worker", [["crash", 0]], true, "own"],
    ["quarantines at once for a worker over its memory", [["overMemory", 0]], true, "own"],
    [
      "gives a process of its own to one that comes into quarantine again",
      [
        ["cpu", 0],
        ["cpu", 1],
        ["cpu", 1],
        ["cpu", MINUTE_MS],
      ],
      true,
      "own",
    ],
    [
      "starts afresh after a good while",
      [
        ["cpu", 0],
        ["cpu", 1],
        ["cpu", 1],
        ["cpu", 11 * MINUTE_MS],
      ],
      false,
      "shared",
    ],
  ])("%s", (_rule, harms, quarantined, lane) => {
    const { conduct, nowMs } = after(...harms);
    expect(isQuarantined(conduct, nowMs)).toBe(quarantined);
    expect(conduct.lane).toBe(lane);
  });

  it("doubles the time with each quarantine, up to five minutes", () => {
    let conduct = GOOD_CONDUCT;
    let nowMs = NOW_MS;
    const lengthsMs: number[] = [];
    for (let time = 0; time < 10; time += 1) {
      ({ conduct } = afterHarm(conduct, "hung", nowMs));
      lengthsMs.push(conduct.untilMs - nowMs);
      nowMs = conduct.untilMs + 1;
    }
    expect(lengthsMs.slice(0, 4)).toEqual([2000, 4000, 8000, 16_000]);
    expect(lengthsMs.at(-1)).toBe(5 * MINUTE_MS);
  });

  it("tells a new quarantine from one that goes on", () => {
    const first = afterHarm(GOOD_CONDUCT, "hung", NOW_MS);
    expect(first.isNewlyQuarantined).toBe(true);
    expect(afterHarm(first.conduct, "hung", NOW_MS + 1).isNewlyQuarantined).toBe(false);
    expect(afterHarm(first.conduct, "hung", first.conduct.untilMs + 1).isNewlyQuarantined).toBe(true);
  });

  it("counts all harm of a revision, also what is forgiven", () => {
    expect(after(["cpu", 0], ["hung", 60 * MINUTE_MS], ["memory", 1]).conduct.strikes).toBe(3);
  });

  it("keeps whoever has a process of its own there", () => {
    const { conduct } = after(["hung", 0]);
    expect(isForgotten(conduct, NOW_MS + 60 * MINUTE_MS)).toBe(false);
    expect(isForgotten(after(["cpu", 0]).conduct, NOW_MS + 60 * MINUTE_MS)).toBe(true);
  });
});
