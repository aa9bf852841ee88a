import { describe, expect, it } from "@jest/globals";
import { progressLine, soFar } from "#app/presentation/campaign-words.ts";

const counts = {
  units: 14,
  notNeeded: 1,
  waiting: 1,
  trying: 1,
  passed: 2,
  marginal: 1,
  failed: 2,
  inconclusive: 0,
  untried: 1,
  blocked: 1,
  closed: 1,
  rollingOut: 1,
  shipped: 1,
  rolledBack: 1,
};

describe("how far a campaign is, in words", () => {
  it("names all that is left, each once", () => {
    expect(progressLine(counts)).toBe(
      "1 of 13 shipped, 1 rolled back, 10 left: 1 rolling out, 2 passed, 1 marginal, 2 failed, 1 not tried, 1 blocked, 2 to go",
    );
  });

  it("counts what was merged for readers of one pull request", () => {
    expect(soFar(counts)).toMatch(/^2 shipped, 1 rolled back, 2 passed, .*, 2 to go$/);
  });

  it("says when nothing is left", () => {
    const none = {
      waiting: 0,
      trying: 0,
      passed: 0,
      marginal: 0,
      failed: 0,
      untried: 0,
      blocked: 0,
      rollingOut: 0,
    };
    expect(progressLine({ ...counts, ...none, units: 4 })).toBe("Done: 1 of 3 shipped, 1 rolled back");
  });
});
