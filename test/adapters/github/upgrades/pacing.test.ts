import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { createForgeClient } from "#adapters/github/upgrades/forge-client.ts";
import { openRunCache } from "#adapters/github/upgrades/run-cache.ts";
import { RestUpgradeForge } from "#adapters/github/upgrades/rest-upgrade-forge.ts";
import { GITHUB_PACE } from "#domain/campaign/pacing.ts";
import { startCampaignWorld, type CampaignWorld } from "../../../app/campaign/campaign-world.ts";

const WRITES = 560;
const MINUTE_MS = 60_000;

/**
 * Time that passes only while somebody sleeps, and only once what was sent before has arrived: an hour takes no longer than
 * the requests in it, and GitHub counts each at the time at which it was sent.
 */
let nowMs = Date.UTC(2026, 4, 4, 9);
let sent: () => number = () => 0;
const clock = {
  now: () => nowMs,
  async sleep(ms: number) {
    do await turn();
    while (world.github.writesMs().length < sent());
    nowMs += ms;
  },
};
let world: CampaignWorld;

beforeAll(async () => {
  world = await startCampaignWorld({ now: clock.now });
  await world.repository("paced", { "a.txt": "1\n" });
  await world.alice.rest.issues.create({ owner: "acme", repo: "paced", title: "One" });
});
afterAll(() => world.end());

it("writes at most 80 times a minute and 500 times an hour, by the local GitHub's own count, across two runs", async () => {
  const before = world.github.writesMs().length;
  let earlierWritesMs: readonly number[] = [];
  for (const writes of [WRITES / 2, WRITES / 2]) {
    const settings = { apiUrl: `${world.github.url}/api/v3`, token: "bot-token", log: () => undefined };
    const client = createForgeClient({
      ...settings,
      clock,
      pace: GITHUB_PACE,
      sharedTurn: null,
      earlierWritesMs,
    });
    const sentBefore = world.github.writesMs().length;
    sent = () => sentBefore + client.counts.writes;
    const forge = new RestUpgradeForge(client, await openRunCache(null, ""), clock);
    const asked = Array.from({ length: writes }, () => forge.addLabels("acme/paced", 1, ["upgrade"]));
    await Promise.all(asked);
    earlierWritesMs = client.writesMs();
  }
  const counted = world.github.writesMs().slice(before);
  expect(counted).toHaveLength(WRITES);
  expect(most(counted, MINUTE_MS)).toBeLessThanOrEqual(80);
  expect(most(counted, 60 * MINUTE_MS)).toBeLessThanOrEqual(500);
  // And no slower than it must be: the first 500 go out within a quarter of an hour.
  expect((counted[499] ?? 0) - (counted[0] ?? 0)).toBeLessThan(15 * MINUTE_MS);
});

/** The highest number of times within any window. */
function most(timesMs: readonly number[], windowMs: number): number {
  let first = 0;
  let highest = 0;
  for (const [index, atMs] of timesMs.entries()) {
    while (atMs - (timesMs[first] ?? atMs) >= windowMs) first += 1;
    highest = Math.max(highest, index - first + 1);
  }
  return highest;
}
