import { describe, expect, it } from "@jest/globals";
import { parseFleet, parseScript } from "#domain/manifest/parse-manifest.ts";
import { type KnownScript, unsettledScripts } from "#domain/reconcile/unsettled-scripts.ts";
import type { Digest, Release } from "#schemas/types.ts";

const old: Digest = `sha256:${"a".repeat(64)}`;
const other: Digest = `sha256:${"b".repeat(64)}`;
const commit = "1".repeat(40);
const parsed = parseFleet(
  "kind: Fleet\nregions:\n  eu-west-1: { timezone: Europe/Dublin }\n  us-east-1: { timezone: America/New_York }\n",
  "fleet.yaml",
);
if (!parsed.ok) throw new Error("the fleet is not valid");
const fleet = parsed.manifest;

function manifest(more = "") {
  const read = parseScript(
    `kind: Script\nname: artwork\nowner: team-art\nentry: index.js\n${more}`,
    "showrunner.yaml",
  );
  if (!read.ok) throw new Error("the script is not valid");
  return read.manifest;
}

const settled: KnownScript = {
  name: "artwork",
  version: "1",
  declared: true,
  commit,
  manifest: manifest(),
  servedCommit: commit,
  servedDigest: old,
};
const stable: Pick<Release, "stable"> = { stable: { digest: old, commit } };
const onItsWay: Pick<Release, "stable" | "next"> = {
  ...stable,
  next: { digest: other, commit, nodesPct: 33 },
};

const release = (given: Partial<Release>): Release => ({
  kind: "Release",
  script: "artwork",
  version: "1",
  source: { repoId: 1, repo: "acme/artwork", path: "." },
  ...given,
});

const region = (given: Partial<Release> | null) =>
  new Map(given ? [["artwork@1", release(given)] as const] : []);

function releases(eu: Partial<Release> | null, us: Partial<Release> | null) {
  return new Map([
    ["eu-west-1", region(eu)],
    ["us-east-1", region(us)],
  ]);
}

describe("a sweep over scripts", () => {
  it.each<[string, KnownScript, ReturnType<typeof releases>]>([
    ["that every region serves as its branch says", settled, releases(stable, stable)],
    ["that is declared no more and gone", { ...settled, declared: false }, releases(null, null)],
    [
      "that is declared no more and is to be kept",
      { ...settled, declared: false, manifest: manifest("prune: false\n") },
      releases(stable, stable),
    ],
    ["whose file was never valid", { ...settled, manifest: null, servedDigest: null }, releases(null, null)],
    [
      "whose rollout names one region only",
      { ...settled, manifest: manifest("rollout:\n  waves: [[us-east-1]]\n") },
      releases(null, stable),
    ],
  ])("leaves one alone %s", (_what, script, found) => {
    expect(unsettledScripts({ fleet, releases: found }, [script])).toEqual([]);
  });

  it.each<[string, KnownScript, ReturnType<typeof releases>]>([
    ["whose branch went on", { ...settled, commit: "2".repeat(40) }, releases(stable, stable)],
    ["that was never seen everywhere", { ...settled, servedDigest: null }, releases(stable, stable)],
    ["with something on its way", settled, releases(stable, onItsWay)],
    ["that a region lacks", settled, releases(stable, null)],
    ["that a region serves otherwise", settled, releases(stable, { stable: { digest: other, commit } })],
    ["that is declared no more and still there", { ...settled, declared: false }, releases(null, stable)],
  ])("wakes one %s", (_what, script, found) => {
    expect(unsettledScripts({ fleet, releases: found }, [script])).toEqual(["script:artwork@1"]);
  });
});
