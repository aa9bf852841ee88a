import { describe, expect, it } from "@jest/globals";
import { scriptsInNeed } from "#domain/campaign/attention.ts";
import { libraryReasons } from "#domain/campaign/library-reasons.ts";
import type { LibraryNote } from "#domain/manifest/fleet-manifest.ts";

const slow: LibraryNote = { range: "<1.2.0", why: "slow", on: null, note: "half the speed" };
const broken: LibraryNote = { range: "1.1.x", why: "broken", on: null, note: null };
const ending: LibraryNote = { range: "1.x", why: "endOfLife", on: "2026-12-31", note: null };

describe("what speaks against a version", () => {
  it.each<[string, string, readonly string[]]>([
    ["is nothing where no range holds it", "2.0.0", []],
    ["is each range that holds it, the gravest first", "1.1.4", ["broken", "endOfLife", "slow"]],
    ["counts prereleases of what a range holds", "1.1.5-rc.1", ["broken", "endOfLife", "slow"]],
    ["is what npm calls deprecated, before what is slow", "1.0.1", ["endOfLife", "deprecated", "slow"]],
    ["is nothing for what is no version", "git+ssh://x", []],
    ["is nothing for a name that every object has", "toString", []],
  ])("%s", (_, version, kinds) => {
    const found = libraryReasons(version, [slow, broken, ending], { "1.0.1": "use 1.2" });
    expect(found.map(({ kind }) => kind)).toEqual(kinds);
  });

  it("is told in the words of whoever declared it", () => {
    expect(libraryReasons("1.0.1", [ending], { "1.0.1": "use 1.2" })).toEqual([
      { kind: "endOfLife", on: "2026-12-31", note: null },
      { kind: "deprecated", on: null, note: "use 1.2" },
    ]);
  });
});

const use = (script: string, libraryVersion: string, requestsPerMinute: number | null) => ({
  library: "kit",
  libraryVersion,
  script,
  requestsPerMinute,
});

describe("the scripts that need attention", () => {
  const uses = [
    use("quiet@1", "1.1.4", null),
    use("fine@1", "2.0.0", 900),
    use("busy@1", "1.1.4", 100),
    use("slow@1", "1.0.0", 999),
  ];
  const facts = {
    notes: new Map([["kit", [slow, broken]]]),
    deprecated: new Map(),
    campaigns: [
      { name: "old", library: "kit", to: "1.1.4" },
      { name: "other", library: "other", to: "9.0.0" },
    ],
  };

  it("come by the gravest reason, then by traffic, with the campaign that takes them further", () => {
    const found = scriptsInNeed(uses, facts).map(({ script, reasons, campaign }) => [
      script,
      reasons.length,
      campaign,
    ]);
    expect(found).toEqual([
      ["busy@1", 2, null],
      ["quiet@1", 2, null],
      ["slow@1", 1, "old"],
    ]);
  });
});
