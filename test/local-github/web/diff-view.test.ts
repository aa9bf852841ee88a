import { describe, expect, it } from "@jest/globals";
import { diffLines, fileDiff } from "#local-github/web/diff-view.ts";

const patch = "@@ -3,3 +3,4 @@ name: artwork\n same\n-old\n+new\n+more\n last\n\\ No newline at end of file";

describe("a file's patch", () => {
  it("counts lines on both sides", () => {
    expect(diffLines(patch).map(({ oldLine, newLine }) => [oldLine, newLine])).toEqual([
      [null, null],
      [3, 3],
      [4, null],
      [null, 4],
      [null, 5],
      [5, 6],
      [null, null],
    ]);
  });

  it("puts a check's annotation under its line, and above the patch where the line is not shown", () => {
    const file = {
      path: "a.yaml",
      previousPath: null,
      status: "modified" as const,
      oid: "",
      additions: 2,
      deletions: 1,
      patch,
    };
    const note = { path: "a.yaml", end_line: 5, annotation_level: "failure" as const };
    const shown = fileDiff(file, [
      { ...note, start_line: 5, message: "at the line" },
      { ...note, start_line: 50, message: "elsewhere" },
      { ...note, path: "b.yaml", start_line: 5, message: "another file" },
    ]).safe;
    expect(shown.indexOf("elsewhere")).toBeLessThan(shown.indexOf("+new"));
    expect(shown.indexOf("+more")).toBeLessThan(shown.indexOf("at the line"));
    expect(shown.indexOf("at the line")).toBeLessThan(shown.indexOf(" last"));
    expect(shown).not.toContain("another file");
  });
});
