import { expect, it } from "@jest/globals";
import { parseFleet, parseScript } from "#domain/manifest/parse-manifest.ts";
import { promisedPlan } from "#domain/rollout/promised-plan.ts";

const nowMs = Date.UTC(2026, 5, 1, 10);
const fleet = parseFleet("kind: Fleet\nregions:\n  eu-west-1: { timezone: Etc/UTC }\n", "fleet.yaml");
const script = parseScript(
  "kind: Script\nname: artwork\nowner: team-art\nentry: index.js\nrollout:\n  bake: { min: 2s, max: 50s, minRequests: 100, onTooLittleData: extend }\n",
  "showrunner.yaml",
);
if (!fleet.ok || !script.ok) throw new Error("the manifests are not valid");
const common = { manifest: script.manifest, fleet: fleet.manifest, nodes: [{ region: "eu-west-1" }], nowMs };

function takesMs(perSecond: number, stops: Parameters<typeof promisedPlan>[0]["stops"] = []): number {
  const pace = {
    batchMs: { "eu-west-1": [1_000] },
    othersBatchMs: {},
    requestsPerSecond: { "eu-west-1": perSecond },
  };
  const planned = promisedPlan({ ...common, pace, stops, canaryMs: 0 });
  return planned.ok ? planned.plan.completesByMs - nowMs : Number.NaN;
}

it("promises the longest bake only where nothing is known of the traffic", () => {
  expect(takesMs(0)).toBeGreaterThan(50_000);
  // 100 requests at 100 a second take one second, less than the shortest bake.
  expect(takesMs(100)).toBeLessThan(5_000);
});

/** A script's first rollout, where batches of others took so long. */
function firstTakesMs(othersMs: readonly number[]): number {
  const pace = {
    batchMs: {},
    othersBatchMs: { "eu-west-1": othersMs },
    requestsPerSecond: { "eu-west-1": 100 },
  };
  const planned = promisedPlan({ ...common, pace, stops: [], canaryMs: 0 });
  return planned.ok ? planned.plan.completesByMs - nowMs : Number.NaN;
}

it("promises a first rollout no sooner than others got there lately, nor sooner than without them", () => {
  expect(firstTakesMs([20_000])).toBeGreaterThan(2 * 20_000 + 2_000);
  expect(firstTakesMs([500])).toBe(firstTakesMs([]));
});

it("plans around a freeze whose end is known", () => {
  const freeze = {
    freeze: "fleet",
    reason: "holidays",
    by: "@maya",
    untilMs: nowMs + 3_600_000,
    region: null,
  };
  expect(takesMs(100, [freeze])).toBe(3_600_000 + takesMs(100));
});
