import { describe, expect, it } from "@jest/globals";
import { knownListing } from "#adapters/git/known-listing.ts";
import type { TreeEntry } from "#domain/ports.ts";

const many = 3_000;
type Commit = ReadonlyMap<string, string>;

/** Listings of commits that are maps of paths to blobs; `asked` tells what git was asked. */
function listingOf(commits: Readonly<Record<string, Commit>>) {
  const asked: string[] = [];
  const entriesOf = (commit: string): TreeEntry[] =>
    [...(commits[commit] ?? [])]
      .map(([path, id]) => ({ path, id, mode: "100644" as const, bytes: 1 }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  const listing = knownListing({
    async all(commit) {
      asked.push(`all of ${commit}`);
      return entriesOf(commit);
    },
    async some(commit, paths) {
      asked.push(`${paths.length} of ${commit}`);
      return entriesOf(commit).filter(({ path }) => paths.includes(path));
    },
    async changed(from, to) {
      const [before, after] = [commits[from], commits[to]];
      if (!before || !after) throw new Error(`bad object ${from}`);
      const paths = new Set([...before.keys(), ...after.keys()]);
      return [...paths].filter((path) => before.get(path) !== after.get(path));
    },
  });
  return { listing, asked, entriesOf };
}

const first = new Map(Array.from({ length: many }, (_, index) => [`releases/${index + 10_000}`, "a"]));

describe("the listing of one commit after the other", () => {
  it("reads only what differs, and gives what a whole listing would", async () => {
    const second = new Map(first).set("releases/10001", "b").set("holds/new", "c");
    second.delete("releases/10002");
    const { listing, asked, entriesOf } = listingOf({ first, second });
    await listing.list("first");
    expect(await listing.list("second")).toEqual(entriesOf("second"));
    expect(await listing.list("first")).toEqual(entriesOf("first"));
    expect(asked).toEqual(["all of first", "3 of second", "3 of first"]);
    expect(listing.kept("first")).toEqual(entriesOf("first"));
    expect(listing.kept("second")).toBeNull();
  });

  it("asks git anew for a commit that changes very much, and where the one before is gone", async () => {
    const other = new Map([...first.keys()].map((path) => [path, "b"]));
    const commits: Record<string, Commit> = { first, other };
    const { listing, asked, entriesOf } = listingOf(commits);
    await listing.list("first");
    expect(await listing.list("other")).toEqual(entriesOf("other"));
    delete commits["other"];
    expect(await listing.list("first")).toEqual(entriesOf("first"));
    expect(asked).toEqual(["all of first", "all of other", "all of first"]);
  });

  it("keeps nothing of small commits", async () => {
    const small = new Map([["fleet.yaml", "a"]]);
    const { listing, asked } = listingOf({ small });
    await listing.list("small");
    await listing.list("small");
    expect(listing.kept("small")).toBeNull();
    expect(asked).toEqual(["all of small", "all of small"]);
  });
});
