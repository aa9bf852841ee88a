import { describe, expect, it } from "@jest/globals";
import {
  byNeed,
  type FoundUpgrade,
  type KnownCampaign,
  type LibraryUser,
  planScan,
  type ScanFacts,
} from "#domain/campaign/plan-scan.ts";
import type { LibraryNote } from "#domain/manifest/fleet-manifest.ts";
import { upgradesPolicy } from "#domain/manifest/upgrades-policy.ts";
import type { NewReleases, Script } from "#schemas/types.ts";

/** A Monday. */
const nowMs = Date.parse("2026-05-04T10:00:00Z");
const user = (repository: string, version: string, newReleases: NewReleases = "minor"): LibraryUser => ({
  repository: `acme/${repository}`,
  library: "kit",
  version,
  newReleases,
});
const release = (version: string) => ({ version, publishedAtMs: 0, deprecated: null });
const upTo = (...versions: string[]) => new Map([["kit", { latest: null, releases: versions.map(release) }]]);
const campaign = (to: string, repositories: readonly string[], more: Partial<KnownCampaign> = {}) => ({
  name: `kit-${to.replaceAll(".", "-")}`,
  library: "kit",
  to,
  from: `>=1.0.0 <${to}`,
  repositories: repositories.map((name) => `acme/${name}`),
  isOfScan: true,
  isEnded: false,
  isDone: false,
  ...more,
});

function plan(facts: Partial<ScanFacts>): FoundUpgrade[] {
  const all = { users: [], releases: new Map(), notes: new Map(), policies: new Map(), campaigns: [] };
  return planScan({ ...all, ...facts }, nowMs);
}

/** "kit-1-2-4 + a, b" extends, "1.2.4: a, b" starts; what is superseded comes after a slash. */
function words({ to, repositories, extends: extended, supersedes }: FoundUpgrade): string {
  const names = repositories.map((name) => name.replace("acme/", "")).join(", ");
  const end = supersedes.length === 0 ? "" : ` / ${supersedes.join(", ")}`;
  return `${extended === null ? `${to}:` : `${extended} +`} ${names}${end}`;
}

const policy = (source: NonNullable<Script["upgrades"]>) => [upgradesPolicy(source)];

describe("the scan for releases", () => {
  const users = [user("a", "1.2.3"), user("b", "1.2.2"), user("c", "1.2.4")];

  it.each<[string, Partial<ScanFacts>, readonly string[]]>([
    ["starts a campaign for those below a release", { releases: upTo("1.2.4") }, ["1.2.4: a, b"]],
    ["does nothing for what it was not asked about", { releases: new Map() }, []],
    ["does nothing where nothing is newer", { releases: upTo("1.2.2") }, []],
    [
      "does nothing again for what there is",
      { releases: upTo("1.2.4"), campaigns: [campaign("1.2.4", ["a", "b"])] },
      [],
    ],
    [
      "adds those who came later",
      { releases: upTo("1.2.4"), campaigns: [campaign("1.2.4", ["z", "b"])] },
      ["kit-1-2-4 + z, b, a"],
    ],
    [
      "adds nobody to what was stopped",
      { releases: upTo("1.2.4"), campaigns: [campaign("1.2.4", ["b"], { isEnded: true })] },
      [],
    ],
    [
      "leaves a person's campaign for the same release alone, done or not",
      { releases: upTo("1.2.4"), campaigns: [campaign("1.2.4", ["b"], { isOfScan: false, isDone: true })] },
      [],
    ],
    [
      "waits for a person's campaign for the library",
      { releases: upTo("1.3.0"), campaigns: [campaign("1.2.4", ["b"], { isOfScan: false })] },
      [],
    ],
    [
      "goes on once a person's campaign is done or stopped",
      {
        releases: upTo("1.3.0"),
        campaigns: [
          campaign("1.2.3", ["b"], { isOfScan: false, isDone: true }),
          campaign("1.2.4", ["b"], { isOfScan: false, isEnded: true }),
        ],
      },
      ["1.3.0: a, b, c"],
    ],
    [
      "lets a newer release take the place of a campaign that is not through",
      { releases: upTo("1.2.4", "1.3.0"), campaigns: [campaign("1.2.4", ["a", "b"])] },
      ["1.3.0: a, b, c / kit-1-2-4"],
    ],
    [
      "leaves what is done as it is",
      { releases: upTo("1.3.0"), campaigns: [campaign("1.2.4", ["a", "b"], { isDone: true })] },
      ["1.3.0: a, b, c"],
    ],
    [
      "leaves what everybody has behind them as it is",
      { releases: upTo("1.3.0"), campaigns: [campaign("1.2.4", ["c"])] },
      ["1.3.0: a, b, c"],
    ],
    [
      "ends an older campaign also when the newer one is there already",
      {
        releases: upTo("1.3.0"),
        campaigns: [campaign("1.2.4", ["a", "b"]), campaign("1.3.0", ["a", "b", "c"])],
      },
      ["kit-1-3-0 + a, b, c / kit-1-2-4"],
    ],
    [
      "minds other libraries' campaigns not at all",
      { releases: upTo("1.2.4"), campaigns: [campaign("1.2.4", ["a"], { library: "other" })] },
      ["1.2.4: a, b"],
    ],
  ])("%s", (_, facts, found) => {
    expect(plan({ users, ...facts }).map(words)).toEqual(found);
  });

  it("gives each the release of the size that it wants, and keeps a campaign that somebody still needs", () => {
    const mixed = [user("a", "1.2.3", "patch"), user("b", "1.2.3", "major"), user("c", "1.2.3", "none")];
    const releases = upTo("1.2.4", "2.0.0");
    expect(plan({ users: mixed, releases }).map(words)).toEqual(["1.2.4: a", "2.0.0: b"]);
    const campaigns = [campaign("1.2.4", ["a", "b"])];
    expect(plan({ users: mixed, releases, campaigns }).map(words)).toEqual(["2.0.0: b"]);
  });

  it("lets the most careful script of a repository have its way", () => {
    const two = [user("a", "1.2.3", "major"), user("a", "1.2.3", "patch")];
    expect(plan({ users: two, releases: upTo("1.2.4", "2.0.0") }).map(words)).toEqual(["1.2.4: a"]);
  });

  it("starts when the first may be opened, and takes all of them along", () => {
    const tuesday = policy({ schedule: ["Tue 09:00-16:00"] });
    const releases = upTo("1.2.4");
    const held = new Map(["a", "b"].map((name) => [`acme/${name}`, tuesday]));
    expect(plan({ users, releases, policies: held })).toEqual([]);
    const one = new Map([["acme/a", tuesday]]);
    expect(plan({ users, releases, policies: one }).map(words)).toEqual(["1.2.4: a, b"]);
  });

  it("is for the versions in use, and keeps what a campaign was for", () => {
    const [started] = plan({ users, releases: upTo("1.2.4") });
    expect(started?.from).toBe(">=1.2.2 <1.2.4");
    const [extended] = plan({ users, releases: upTo("1.2.4"), campaigns: [campaign("1.2.4", ["a"])] });
    expect(extended?.from).toBe(">=1.0.0 <1.2.4");
  });

  it("says what speaks against the versions in use, and puts that first", () => {
    const slow: LibraryNote = { range: "1.2.2", why: "slow", on: null, note: "by half" };
    const releases = new Map([...upTo("1.2.4"), ["big", { latest: null, releases: [release("2.0.0")] }]]);
    const many = ["a", "b", "c"].map((name) => ({ ...user(name, "1.0.0", "major"), library: "big" }));
    const found = plan({ users: [...many, ...users], releases, notes: new Map([["kit", [slow]]]) });
    expect(found.toSorted(byNeed).map(({ library, reasons }) => [library, reasons])).toEqual([
      ["kit", [{ version: "1.2.2", reason: { kind: "slow", on: null, note: "by half" } }]],
      ["big", []],
    ]);
  });

  it("puts no more repositories into a campaign than a file takes", () => {
    const all = Array.from({ length: 6_000 }, (_, index) => user(`repository-${index}`, "1.2.3"));
    const [first] = plan({ users: all, releases: upTo("1.2.4") });
    expect(first?.repositories).toHaveLength(5_000);
    const full = [
      campaign(
        "1.2.4",
        (first?.repositories ?? []).map((name) => name.replace("acme/", "")),
      ),
    ];
    expect(plan({ users: all, releases: upTo("1.2.4"), campaigns: full })).toEqual([]);
  });
});
