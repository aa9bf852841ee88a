import { describe, expect, it } from "@jest/globals";
import { affectedRevisions, type InventoryEntry } from "#domain/campaign/affected-revisions.ts";
import { readAdvisory } from "#domain/campaign/osv-advisory.ts";
import type { Digest } from "#schemas/types.ts";

const REVISIONS = 10_000;
const LIBRARIES = 30;

const read = readAdvisory({
  id: "GHSA-x",
  affected: [
    {
      package: { name: "deep", ecosystem: "npm" },
      ranges: [{ type: "SEMVER", events: [{ introduced: "1.2.0" }, { fixed: "1.2.5" }] }],
    },
  ],
});
if (read.kind !== "advisory") throw new Error("the advisory is invalid");
const { advisory } = read;

const digestOf = (index: number): Digest => `sha256:${index.toString(16).padStart(64, "0")}`;

describe("an advisory over 10,000 revisions", () => {
  it("finds every deployed one that contains an affected version, and only those, in under 5 s", () => {
    const entries: InventoryEntry[] = [];
    const deployed = new Set<Digest>();
    for (let index = 0; index < REVISIONS; index += 1) {
      const digest = digestOf(index);
      if (index % 3 !== 0) deployed.add(digest);
      for (let library = 0; library < LIBRARIES; library += 1) {
        entries.push({ digest, name: `lib-${library}`, version: "1.2.3", direct: true });
      }
      entries.push({ digest, name: "deep", version: `1.2.${index % 10}`, direct: false });
    }
    const startedMs = performance.now();
    const found = affectedRevisions(entries, advisory, deployed);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    const expected = Array.from({ length: REVISIONS }, (_, index) => index).filter(
      (index) => index % 3 !== 0 && index % 10 < 5,
    );
    expect(found.map(({ digest }) => digest)).toEqual(expected.map(digestOf));
    expect(new Set(found.map(({ fixedBy }) => fixedBy))).toEqual(new Set(["1.2.5"]));
  });
});
