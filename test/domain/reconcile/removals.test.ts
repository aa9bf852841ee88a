import { describe, expect, it } from "@jest/globals";
import { type DeclaredScript, planPrune } from "#domain/reconcile/plan-prune.ts";
import { retainRemoved } from "#domain/reconcile/retain-removed.ts";
import type { RegionDocument, Release } from "#schemas/types.ts";
import { fleetOf, revision } from "../rollout/rollout-fleet.ts";

function documentOf(names: readonly string[]): RegionDocument {
  const instances = [{ role: "stable", digest: revision("a").digest, nodesPct: 100 }];
  return {
    schema: 1,
    region: "eu-west-1",
    epoch: 1,
    generation: 7,
    issuedAt: "2026-11-02T10:00:00Z",
    egressAllow: [],
    scripts: names.map((name) => ({ name, version: "1", isDefault: true, instances })),
  };
}

const ten = Array.from({ length: 10 }, (_, index) => `script-${index}`);
const namesOf = (document: RegionDocument): string[] => document.scripts.map(({ name }) => name);
const never = (): boolean => false;

describe("a region's document", () => {
  it.each([
    ["lets a few scripts go", ten.slice(2), ten.slice(2), []],
    [
      "keeps all when more are gone than the cap allows",
      ten.slice(3),
      ten,
      ["script-0@1", "script-1@1", "script-2@1"],
    ],
    ["keeps all when everything is gone", [], ten, ten.map((name) => `${name}@1`)],
  ])("%s", (_, present, served, held) => {
    const retained = retainRemoved(documentOf(present), documentOf(ten), 20, never);
    expect(namesOf(retained.document)).toEqual(served);
    expect(retained.held).toEqual(held);
    expect(retained.isUnfinished).toBe(false);
  });

  it("lets one script go, however few there are", () => {
    expect(namesOf(retainRemoved(documentOf(["a"]), documentOf(["a", "b"]), 20, never).document)).toEqual([
      "a",
    ]);
  });

  it("lets many that were rolled back go a few at a time, and stops those that wait", () => {
    const { document, held, isUnfinished } = retainRemoved(
      documentOf(ten.slice(5)),
      documentOf(ten),
      20,
      () => true,
    );
    expect(document.scripts).toHaveLength(8);
    expect(document.scripts.filter(({ killed }) => killed !== undefined)).toHaveLength(3);
    expect({ held, isUnfinished }).toEqual({ held: [], isUnfinished: true });
  });
});

const release = (script: string): Release => ({
  kind: "Release",
  script,
  version: "1",
  source: { repoId: 1, repo: "acme/x", path: "." },
  stable: revision("a"),
});

const scripts = (gone: readonly string[], prune = true): DeclaredScript[] =>
  ten.map((name) => ({ name, version: "1", declared: !gone.includes(name), prune }));

describe("scripts that no repository declares any more", () => {
  const served = new Map(ten.map((name) => [`${name}@1`, release(name)]));
  const regions = ["eu-west-1", "us-east-1"];
  const snapshot = {
    fleet: fleetOf(regions),
    releases: new Map(regions.map((region) => [region, served])),
  };
  it("go from one region first, and from the next when they are gone there", () => {
    const first = planPrune(snapshot, scripts(["script-3"]), "script-3", "1");
    expect(first).toMatchObject({ kind: "remove", region: "eu-west-1" });
    const later = { ...snapshot, releases: new Map([...snapshot.releases].slice(1)) };
    expect(planPrune(later, scripts(["script-3"]), "script-3", "1")).toMatchObject({ region: "us-east-1" });
  });

  it("stay where the manifest opted out, and where they are declared", () => {
    expect(planPrune(snapshot, scripts(["script-3"], false), "script-3", "1")).toEqual({ kind: "nothing" });
    expect(planPrune(snapshot, scripts([]), "script-3", "1")).toEqual({ kind: "nothing" });
  });

  it("wait for a person when more are gone at once than the cap allows", () => {
    const gone = ten.slice(0, 3);
    expect(planPrune(snapshot, scripts(gone), "script-0", "1")).toMatchObject({ kind: "held", atOnceMax: 2 });
  });
});
