import { beforeEach, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { ParsedReleases } from "#app/reconciler/parsed-releases.ts";
import { FleetFiles, readFleetSnapshot } from "#app/reconciler/read-fleet-snapshot.ts";
import { TextMirror } from "./text-mirror.ts";

const fleetText = "kind: Fleet\nregions:\n  eu-west-1: { timezone: Europe/Dublin }\n";
const releaseOf = (letter: string) => `kind: Release
script: artwork
version: "4"
source: { repoId: 1, repo: acme/artwork, path: . }
stable: { digest: "sha256:${letter.repeat(64)}", commit: ${letter.repeat(40)} }
`;
const path = "releases/eu-west-1/artwork@4.yaml";
const first = new Map([
  ["fleet.yaml", fleetText],
  [path, releaseOf("a")],
]);

let mirror: TextMirror;
let files: FleetFiles;

const read = async () => {
  mirror.readPaths = [];
  return readFleetSnapshot(mirror, mirror.newest, files);
};

function stable(snapshot: Awaited<ReturnType<typeof read>>) {
  return snapshot?.releases.get("eu-west-1")?.get("artwork@4")?.stable?.digest.slice(7, 8);
}

describe("reading the fleet repository", () => {
  beforeEach(() => {
    files = new FleetFiles(new ParsedReleases());
    mirror = new TextMirror(first);
  });

  it("reads only the files that changed since the commit before", async () => {
    await read();
    expect(mirror.readPaths).toEqual(["fleet.yaml", path]);
    mirror.commits.push(new Map([...first, [path, releaseOf("b")]]));
    expect(stable(await read())).toBe("b");
    expect(mirror.readPaths).toEqual([path]);
  });

  it("keeps a broken file's last valid text and names the problem, at each reading", async () => {
    await read();
    mirror.commits.push(new Map([...first, [path, "kind: Release\n"]]));
    mirror.commits.push(new Map([...first, [path, "kind: Release\n"], ["README.md", "hello"]]));
    for (const snapshot of [await read(), await read()]) {
      expect(stable(snapshot)).toBe("a");
      expect(snapshot?.problems.map((problem) => problem.file)).toContain(path);
    }
  });

  it("forgets a file that is gone, and takes it up when it comes back", async () => {
    await read();
    mirror.commits.push(new Map([["fleet.yaml", fleetText]]));
    expect(stable(await read())).toBeUndefined();
    mirror.commits.push(
      new Map([
        ["fleet.yaml", fleetText],
        [path, releaseOf("a")],
      ]),
    );
    expect(stable(await read())).toBe("a");
  });

  it("goes on with the last fleet.yaml when it is deleted", async () => {
    mirror.commits.push(new Map([[path, releaseOf("a")]]));
    expect(stable(await read())).toBe("a");
  });

  it("comes to the same from any commit read before as from none, in whatever order files are listed", async () => {
    const place = fc.constantFrom(
      ...["eu-west-1", "nowhere"].flatMap((region) =>
        ["artwork@4", "home@1", "player@1"].map((key) => `releases/${region}/${key}.yaml`),
      ),
      "releases/artwork@4.yaml",
    );
    const change = fc.tuple(place, fc.constantFrom("a", "b", "gone"));
    const changes = fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 6 });
    const reads = fc.array(fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(changes, reads, async (all, rounds) => {
        mirror = new TextMirror(...commitsOf(all));
        files = new FleetFiles(new ParsedReleases());
        for (const round of rounds) {
          const commits = round.map((index) => String(index % mirror.commits.length));
          const readWith = (filesOf: () => FleetFiles) =>
            Promise.all(commits.map((commit) => readFleetSnapshot(mirror, commit, filesOf())));
          const anew = await readWith(() => new FleetFiles(new ParsedReleases()));
          expect(await readWith(() => files)).toEqual(anew);
        }
      }),
    );
  });

  it("keeps the map of a region in which nothing changed", async () => {
    const regions = "  eu-west-1: { timezone: Europe/Dublin }\n  us-east-1: { timezone: America/New_York }\n";
    const both = new Map([
      ["fleet.yaml", `kind: Fleet\nregions:\n${regions}`],
      [path, releaseOf("a")],
      [path.replace("eu-west-1", "us-east-1"), releaseOf("a")],
    ]);
    mirror = new TextMirror(both, new Map([...both, [path, releaseOf("b")]]));
    const before = await readFleetSnapshot(mirror, "0", files);
    const after = await readFleetSnapshot(mirror, "1", files);
    expect(after?.releases.get("us-east-1")).toBe(before?.releases.get("us-east-1"));
    expect([stable(before), stable(after)]).toEqual(["a", "b"]);
  });
});

type Change = readonly [file: string, what: string];

/** Each commit's files, from what each changes. */
function commitsOf(all: readonly (readonly Change[])[]) {
  const texts = new Map([["fleet.yaml", fleetText]]);
  return all.map((changes) => {
    for (const [file, what] of changes) {
      texts.delete(file);
      if (what !== "gone") texts.set(file, releaseOf(what));
    }
    return new Map(texts);
  });
}
