import { beforeEach, describe, expect, it } from "@jest/globals";
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
});
