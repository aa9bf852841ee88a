import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { requestPlan, type PlannedRequest } from "#local/request-plan.ts";
import { readSampleScripts } from "#local/sample-scripts.ts";

const scripts = readSampleScripts(join(import.meta.dirname, "../../fixtures/repos"));
const gateways = ["http://eu", "http://us"];

function take(count: number, seed: number): PlannedRequest[] {
  const plan = requestPlan(scripts, gateways, seed);
  return Array.from({ length: count }, () => plan.next().value);
}

describe("the sample scripts", () => {
  it("are all found, each with a request it answers under its own route", () => {
    expect(scripts.length).toBeGreaterThanOrEqual(8);
    for (const { route, requests } of scripts) {
      expect(requests.map(({ path }) => path).filter((path) => !path.startsWith(route))).toEqual([]);
    }
  });
});

describe("the traffic", () => {
  it("is the same for the same seed", () => {
    expect(take(50, 7)).toEqual(take(50, 7));
    expect(take(50, 7)).not.toEqual(take(50, 8));
  });

  it("reaches every script in every region", () => {
    const seen = new Set(take(2_000, 1).map(({ gateway, path }) => `${gateway} ${path.split(/[?/]/)[1]}`));
    expect(seen.size).toBe(scripts.length * gateways.length);
  });

  it("keeps a viewer in one region", () => {
    const places = new Map<string, Set<string>>();
    for (const { user, gateway } of take(2_000, 1)) {
      places.set(user, (places.get(user) ?? new Set()).add(gateway));
    }
    expect([...places.values()].filter((regions) => regions.size > 1)).toEqual([]);
  });
});
