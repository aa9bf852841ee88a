import { describe, expect, it } from "@jest/globals";
import { chooseInstances } from "#runtime/isolates/choose-instances.ts";

const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

function chosen(slot: number, instances: { role: string; digest: string; nodesPct: number }[]): string[] {
  const document = {
    schema: 1 as const,
    region: "eu-west-1",
    epoch: 1,
    generation: 1,
    issuedAt: "2026-01-01T00:00:00Z",
    egressAllow: [],
    scripts: [{ name: "artwork", version: "4", isDefault: true, instances }],
  };
  return chooseInstances(document, slot).map((wanted) => `${wanted.role} ${wanted.digest.slice(7, 8)}`);
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
});
