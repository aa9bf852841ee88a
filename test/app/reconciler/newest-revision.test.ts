import { describe, expect, it } from "@jest/globals";
import { newestRevision } from "#app/reconciler/newest-revision.ts";
import { TextMirror } from "./text-mirror.ts";

const mirror = new TextMirror(new Map(), new Map(), new Map());

describe("the newest of the revisions that regions have", () => {
  it.each<[string, string[], string | null]>([
    ["is none where nothing runs", [], null],
    ["is the only one", ["1"], "1"],
    ["is what was merged last, wherever it is", ["0", "2", "1"], "2"],
    ["is the first where the repository lost the others", ["1", "9"], "1"],
    ["is the first where the repository lost that one", ["9", "1"], "9"],
  ])("%s", async (_, commits, expected) => {
    const revisions = commits.map((commit) => ({ digest: `sha256:${commit}` as const, commit }));
    expect((await newestRevision(mirror, revisions))?.commit ?? null).toBe(expected);
  });
});
