import { describe, expect, it } from "@jest/globals";
import { advisoryTarget, readAdvisory, type AdvisoryPackage } from "#domain/campaign/osv-advisory.ts";

type Event = Readonly<Record<string, string>>;

function subject(events: readonly Event[], more: object = {}, type = "SEMVER"): AdvisoryPackage {
  const affected = [{ package: { name: "kit", ecosystem: "npm" }, ranges: [{ type, events }], ...more }];
  const read = readAdvisory({ id: "GHSA-x", affected });
  const found = read.kind === "advisory" ? read.advisory.packages[0] : undefined;
  if (found === undefined) throw new Error("it was not read");
  return found;
}

const twoLines = [{ fixed: "2.0.3" }, { introduced: "2.0.0" }, { introduced: "0" }, { fixed: "1.2.5" }];

describe("the version that an advisory sends a version to", () => {
  it.each([
    ["the lowest fix of its own line", twoLines, "1.2.3", "1.2.5"],
    ["the fix of a later line", twoLines, "2.0.1", "2.0.3"],
    ["nothing once it is fixed", twoLines, "1.2.5", null],
    ["nothing before it was introduced", [{ introduced: "1.0.0" }, { fixed: "1.2.5" }], "0.9.0", null],
    ["a prerelease of the fix is affected", twoLines, "1.2.5-rc.1", "1.2.5"],
    ["nothing after the last affected one", [{ introduced: "0" }, { last_affected: "1.2.4" }], "1.2.5", null],
  ])("is %s", (_what, events, version, target) => {
    const expected = target === null ? null : { kind: "version", version: target };
    expect(advisoryTarget(subject(events), version)).toEqual(expected);
  });

  it("is none where nothing is fixed, or only up to a last affected one", () => {
    expect(advisoryTarget(subject([{ introduced: "0" }]), "1.0.0")).toEqual({ kind: "noFix" });
    const last = [{ introduced: "0" }, { last_affected: "1.2.4" }];
    expect(advisoryTarget(subject(last), "1.2.4")).toEqual({ kind: "noFix" });
  });

  it("counts versions that are named one by one, and never a range of commits", () => {
    const commits = [{ introduced: "0" }, { fixed: "deadbeef" }];
    const named = subject(commits, { versions: ["1.0.7"] }, "GIT");
    expect(advisoryTarget(named, "1.0.7")).toEqual({ kind: "noFix" });
    expect(advisoryTarget(named, "1.0.8")).toBeNull();
  });
});

describe("reading an advisory", () => {
  const affected = [{ package: { name: "kit", ecosystem: "npm" }, versions: ["1.0.0"] }];

  it("takes no part of one that was withdrawn", () => {
    expect(readAdvisory({ id: "GHSA-x", withdrawn: "2026-01-01T00:00:00Z", affected })).toEqual({
      kind: "withdrawn",
      id: "GHSA-x",
    });
  });

  it("knows packages that were made to do harm", () => {
    const read = readAdvisory({ id: "MAL-2026-1", affected });
    expect(read).toMatchObject({ kind: "advisory", advisory: { isMalware: true } });
  });

  it.each([
    [null],
    [{}],
    [{ id: "GHSA-x" }],
    [{ id: "GHSA-x", affected: [{ package: { name: "kit", ecosystem: "PyPI" } }] }],
  ])("refuses %j", (value) => {
    expect(readAdvisory(value).kind).toBe("invalid");
  });
});
