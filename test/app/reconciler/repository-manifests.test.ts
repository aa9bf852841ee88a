import { describe, expect, it } from "@jest/globals";
import { ManifestReader } from "#app/reconciler/repository-manifests.ts";
import { TextMirror } from "./text-mirror.ts";

const manifest = (entry: string) => `kind: Script\nname: artwork\nowner: team-art\nentry: ${entry}\n`;
const nowMs = Date.parse("2026-11-02T10:00:00Z");
const dayMs = 86_400_000;

async function entryAt(reader: ManifestReader, mirror: TextMirror, atMs: number) {
  return (await reader.read(mirror, mirror.newest, null, atMs)).scripts.get(".")?.entry;
}

describe("reading a repository's manifests", () => {
  it("looks once at what stays the same from commit to commit", async () => {
    const mirror = new TextMirror(new Map([["showrunner.yaml", manifest("a.ts")]]));
    const reader = new ManifestReader();
    await entryAt(reader, mirror, nowMs);
    mirror.commits.push(
      new Map([
        ["showrunner.yaml", manifest("a.ts")],
        ["a.ts", "changed"],
      ]),
    );
    expect(await entryAt(reader, mirror, nowMs + 60_000)).toBe("a.ts");
    expect(mirror.readPaths).toEqual(["showrunner.yaml"]);
  });

  it("looks again at another text, and on another day", async () => {
    const mirror = new TextMirror(new Map([["showrunner.yaml", manifest("a.ts")]]));
    const reader = new ManifestReader();
    await entryAt(reader, mirror, nowMs);
    mirror.commits.push(new Map([["showrunner.yaml", manifest("b.ts")]]));
    expect(await entryAt(reader, mirror, nowMs)).toBe("b.ts");
    await entryAt(reader, mirror, nowMs + dayMs);
    expect(mirror.readPaths).toHaveLength(3);
  });
});
