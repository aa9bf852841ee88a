import { describe, expect, it } from "@jest/globals";
import { codeOwners } from "#domain/campaign/code-owners.ts";

describe("who owns a path", () => {
  it.each<[string, string, string, boolean]>([
    ["everything", "*", "a/package.json", true],
    ["a name anywhere", "package.json", "a/b/package.json", true],
    ["a name at the top alone", "/package.json", "a/package.json", false],
    ["a kind of file", "*.json", "a/package.json", true],
    ["a kind of file, not another", "*.js", "a/package.json", false],
    ["one letter", "package.jso?", "package.json", true],
    ["a folder anywhere", "apps/", "x/apps/y/package.json", true],
    ["a folder, not a file of its name", "apps/", "apps", false],
    ["a folder at the top", "/apps/", "x/apps/package.json", false],
    ["what is right in a folder", "docs/*", "docs/package.json", true],
    ["not what is deeper", "docs/*", "docs/a/package.json", false],
    ["a path with two folders from the top", "a/b", "x/a/b/package.json", false],
    ["a path and what is below", "a/b", "a/b/package.json", true],
    ["a folder wherever it is", "**/logs", "x/y/logs/package.json", true],
    ["what is below", "/a/**", "a/b/c.json", true],
    ["not the folder itself", "/a/**", "a", false],
    ["folders in between", "a/**/c.json", "a/x/y/c.json", true],
    ["none in between", "a/**/c.json", "a/c.json", true],
    ["nothing by a negation", "!a.json", "a.json", false],
    ["nothing by a range", "[a-z].json", "a.json", false],
    ["a dot for a dot", "a.json", "a-json", false],
  ])("is told by a line for %s", (_, pattern, path, isOwned) => {
    expect(codeOwners(`${pattern} @acme/art`, [path])).toEqual(isOwned ? ["@acme/art"] : []);
  });

  it("is decided by the last line that matches, also for nobody", () => {
    const text = "# who\n* @acme/all\n/a/ @maya @acme/art # art\n/a/free\n/b/ mail@acme.example\r\n";
    expect(codeOwners(text, ["x.json"])).toEqual(["@acme/all"]);
    expect(codeOwners(text, ["a/x.json", "y.json"])).toEqual(["@maya", "@acme/art", "@acme/all"]);
    expect(codeOwners(text, ["a/free"])).toEqual([]);
    expect(codeOwners(text, ["b/x"])).toEqual([]);
  });

  it("names nobody who is no person or team", () => {
    expect(codeOwners("* @a/b/c @ @<script> @ok **@evil**", ["x"])).toEqual(["@ok"]);
  });

  it("takes no time over a pattern that is made to take long", () => {
    const pattern = `/${"**/*a".repeat(90)}b`;
    expect(codeOwners(`${pattern} @acme/art\n`.repeat(200), ["a".repeat(2_000)])).toEqual([]);
  });
});
