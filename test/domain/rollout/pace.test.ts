import { describe, expect, it } from "@jest/globals";
import { type EarlierRollout, paceOf } from "#domain/rollout/pace.ts";

/** A wave of four nodes in one region, which come in four batches. */
function earlier(tookMs: number): EarlierRollout {
  const region = { region: "eu-west-1", wave: 1, state: "done", sinceMs: null, note: null } as const;
  const regions = [{ ...region, nodesAttested: 4, nodesTotal: 4, fraction: 1 }];
  return { state: { regions, waveStartedAtMs: { 1: 1_000 } }, bakeStartedAtMs: { 1: 1_000 + tookMs } };
}

describe("the pace of earlier rollouts", () => {
  it("is what a batch took", () => {
    expect(paceOf([earlier(16_000), earlier(24_000)], [], []).batchMs).toEqual({
      "eu-west-1": [4_000, 6_000],
    });
  });

  it("is not that of an outage or of a clock that was set, which would have every next one refused", () => {
    expect(paceOf([earlier(7_200_000), earlier(24_000)], [], []).batchMs).toEqual({ "eu-west-1": [6_000] });
  });

  it("is told apart from that of other scripts", () => {
    const pace = paceOf([earlier(16_000)], [], [earlier(36_000)]);
    expect(pace).toMatchObject({
      batchMs: { "eu-west-1": [4_000] },
      othersBatchMs: { "eu-west-1": [9_000] },
    });
  });
});
