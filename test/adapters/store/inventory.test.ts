import { beforeAll, expect, it } from "@jest/globals";
import { recordBuild } from "#adapters/store/builds.ts";
import { listLibrariesOf, listLibraryUses, pruneInventory } from "#adapters/store/inventory.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { affectedRevisions } from "#domain/campaign/affected-revisions.ts";
import { readAdvisory } from "#domain/campaign/osv-advisory.ts";
import type { Digest } from "#schemas/types.ts";
import { describeOnEachStore } from "./temporary-store.ts";

const REVISIONS = 10_000;
const builtAtMs = Date.UTC(2026, 5, 1);
const digestOf = (index: number): Digest => `sha256:${index.toString(16).padStart(64, "0")}`;

describeOnEachStore("the inventory", (place) => {
  let store: Store;
  beforeAll(async () => {
    store = await place.open();
  });

  it("holds what a build contains, once, however often it is recorded", async () => {
    const libraries = [
      { name: "@acme/kit", version: "1.2.3", direct: true },
      { name: "deep", version: "0.1.0", direct: false },
    ];
    for (const key of ["a", "b", "a"]) {
      await recordBuild(store.db, {
        key,
        outcome: { kind: "built", digest: "sha256:aa", libraries },
        builtAtMs,
      });
    }
    expect(await listLibrariesOf(store.db, "sha256:aa")).toEqual(libraries);
    expect(await listLibraryUses(store.db, ["deep"])).toEqual([
      { digest: "sha256:aa", name: "deep", version: "0.1.0", direct: false },
    ]);
    expect(await listLibraryUses(store.db, [])).toEqual([]);
  });

  it("finds the revisions of an advisory among 10,000 in under 5 s", async () => {
    const rows = Array.from({ length: REVISIONS }, (_, index) => [
      { digest: digestOf(index), name: "hidden", version: `1.2.${index % 10}`, direct: false },
      { digest: digestOf(index), name: `other-${index % 7}`, version: "1.0.0", direct: true },
    ]).flat();
    for (let start = 0; start < rows.length; start += 5_000) {
      await store.db
        .insertInto("inventory")
        .values(rows.slice(start, start + 5_000))
        .execute();
    }
    const events = [{ introduced: "0" }, { fixed: "1.2.5" }];
    const affected = [
      { package: { name: "hidden", ecosystem: "npm" }, ranges: [{ type: "SEMVER", events }] },
    ];
    const read = readAdvisory({ id: "GHSA-x", affected });
    if (read.kind !== "advisory") throw new Error(read.kind);
    const deployed = new Set(Array.from({ length: REVISIONS / 2 }, (_, index) => digestOf(index)));
    const startedMs = performance.now();
    const found = affectedRevisions(await listLibraryUses(store.db, ["hidden"]), read.advisory, deployed);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(found).toHaveLength(REVISIONS / 4);
  });

  it("forgets what is neither built nor rolled out any more", async () => {
    await pruneInventory(store.db);
    expect(await listLibraryUses(store.db, ["hidden"])).toEqual([]);
    expect(await listLibrariesOf(store.db, "sha256:aa")).toHaveLength(2);
  });
});
