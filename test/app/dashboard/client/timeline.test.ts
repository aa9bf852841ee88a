import { expect, it } from "@jest/globals";
import { timelineOf } from "#app/dashboard/client/timeline.ts";

const at = (minute: number): string => new Date(minute * 60_000).toISOString();

it.each([
  ["ends at the promise", 5, 8, 10, { nowPct: 50, expectedPct: 80, promisedPct: 100 }],
  ["ends at the expectation when that is late", 5, 20, 10, { nowPct: 25, expectedPct: 100, promisedPct: 50 }],
  ["ends now when the promise is over", 40, 20, 10, { nowPct: 100, expectedPct: 50, promisedPct: 25 }],
  ["stays on the line when the clocks differ", -5, 8, 10, { nowPct: 0, expectedPct: 80, promisedPct: 100 }],
])("%s", (_name, nowMinute, expectedMinute, promisedMinute, places) => {
  const rollout = { startedAt: at(0), expectedBy: at(expectedMinute), promisedBy: at(promisedMinute) };
  expect(timelineOf(rollout, nowMinute * 60_000)).toEqual(places);
});
