import { describe, expect, it } from "@jest/globals";
import { affectedScripts } from "#domain/pull-request/affected-scripts.ts";

describe("affectedScripts", () => {
  it.each([
    ["any file touches the script at the root", ["."], ["README.md"], ["."]],
    ["a file touches the script in whose folder it is", ["a", "b"], ["a/src/index.ts"], ["a"]],
    ["a folder whose name begins alike is another one", ["a", "ab"], ["ab/src/index.ts"], ["ab"]],
    ["the root lockfile touches all scripts of a monorepo", ["a", "b"], ["package-lock.json"], ["a", "b"]],
    ["a shared library touches all scripts of a monorepo", ["a", "b"], ["lib/rank.ts"], ["a", "b"]],
    ["prose beside the scripts touches none", ["a", "b"], ["docs/notes.md"], []],
    ["a change inside one script does not touch the root script", [".", "a"], ["a/index.ts"], ["a"]],
    ["no script, nothing touched", [], ["src/index.ts"], []],
  ])("%s", (_name, folders, changed, expected) => {
    expect(affectedScripts(folders, changed)).toEqual(expected);
  });
});
