import { describe, expect, it } from "@jest/globals";
import { checkedCommit, checkedPath, checkedRef } from "#adapters/git/checked-ref.ts";

describe("checkedRef", () => {
  it.each(["refs/heads/main", "refs/heads/versions/3", "refs/pull/3/merge", "refs/heads/ü-1.x_y"])(
    "takes %s",
    (ref) => {
      expect(checkedRef(ref)).toBe(ref);
    },
  );

  it.each([
    "main",
    "--output=x",
    "refs/heads/-x",
    "refs/heads/a..b",
    "refs/heads/a b",
    "refs/heads/a\nb",
    "refs/heads/a\u007f",
    "refs/heads/.a",
    "refs/heads/a.lock",
    "refs/heads/a.",
    "refs/heads//a",
    "refs/heads/",
    "refs/heads/a@{1}",
    "refs/heads/a^{tree}",
    "refs/heads/a~1",
    "refs/heads/a:b",
    "refs/heads/*",
    `refs/heads/${"x".repeat(600)}`,
  ])("refuses %j", (ref) => {
    expect(() => checkedRef(ref)).toThrow("is not a full name of a ref");
  });
});

describe("checkedCommit", () => {
  it("takes whole ids only", () => {
    expect(checkedCommit("a".repeat(40))).toBe("a".repeat(40));
    expect(checkedCommit("0".repeat(64))).toBe("0".repeat(64));
    for (const wrong of [
      "a".repeat(39),
      "A".repeat(40),
      "HEAD",
      "",
      `${"a".repeat(40)}\n`,
      `-${"a".repeat(39)}`,
    ]) {
      expect(() => checkedCommit(wrong)).toThrow("is not a whole commit id");
    }
  });
});

describe("checkedPath", () => {
  it.each(["a", "a/b.yaml", "releases/eu-west-1/artwork@4.yaml", "..a/b..", "we ird*"])(
    "takes %s",
    (path) => {
      expect(checkedPath(path)).toBe(path);
    },
  );

  it.each([
    "",
    ".",
    "..",
    "/a",
    "a/",
    "a//b",
    "a/../b",
    "./a",
    "-a",
    "a\0b",
    "a\nb",
    ".git/config",
    "a/.GIT/x",
  ])("refuses %j", (path) => {
    expect(() => checkedPath(path)).toThrow("is not a path inside a repository");
  });
});
