import { describe, expect, it } from "@jest/globals";
import type { RegionDocument, RegionInstance } from "#schemas/types.ts";
import { chooseInstances, nextExpiryMs } from "#runtime/isolates/choose-instances.ts";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

const NOW_MS = Date.parse("2026-01-01T00:00:00Z");

function documentOf(instances: RegionInstance[]): RegionDocument {
  return {
    schema: 1,
    region: "eu-west-1",
    epoch: 1,
    generation: 1,
    issuedAt: "2026-01-01T00:00:00Z",
    egressAllow: [],
    scripts: [{ name: "artwork", version: "4", isDefault: true, instances }],
  };
}

function chosen(slot: number, instances: RegionInstance[]): string[] {
  return chooseInstances(documentOf(instances), slot, NOW_MS).map(
    (wanted) => `${wanted.role} ${wanted.digest.slice(7, 8)}`,
  );
}

describe("chooseInstances", () => {
  const next = { role: "stable", digest: digest("b"), nodesPct: 50 };
  const stable = { role: "stable", digest: digest("a"), nodesPct: 100 };
  const canary = { role: "canary", digest: digest("c"), nodesPct: 25 };

  it.each([
    ["the first of a role that covers the slot", 0, [next, stable], ["stable b"]],
    ["the next one when the slot is on the edge", 50, [next, stable], ["stable a"]],
    ["one of each role", 12.5, [next, stable, canary], ["stable b", "canary c"]],
    ["no role whose share is below the slot", 75, [stable, canary], ["stable a"]],
    ["nothing when no share reaches the slot", 75, [next], []],
  ])("runs %s", (_rule, slot, instances, expected) => {
    expect(chosen(slot, instances)).toEqual(expected);
  });

  const over = { ...canary, expiresAt: "2026-01-01T00:00:00Z" };
  const soon = { ...canary, digest: digest("d"), expiresAt: "2026-01-01T00:00:01Z" };

  it("leaves out what has expired, and takes the next of the role", () => {
    expect(chosen(0, [stable, over])).toEqual(["stable a"]);
    expect(chosen(0, [stable, over, soon])).toEqual(["stable a", "canary d"]);
  });

  it("never lets a stable revision expire", () => {
    expect(chosen(0, [{ ...stable, expiresAt: "2025-01-01T00:00:00Z" }])).toEqual(["stable a"]);
  });

  it("gives no traffic to what names no weight", () => {
    const [wanted] = chooseInstances(documentOf([canary]), 0, NOW_MS);
    expect(wanted).toMatchObject({ weight: 0, runId: null, stickyBy: null, expiresAtMs: null });
  });

  it("tells when to look again", () => {
    expect(nextExpiryMs(documentOf([stable, over, soon]), NOW_MS)).toBe(NOW_MS + 1000);
    expect(nextExpiryMs(documentOf([stable, over]), NOW_MS)).toBeNull();
  });
});
