import { describe, expect, it } from "@jest/globals";
import { bumpRange } from "#domain/campaign/bump-range.ts";

describe("a range for 1.2.4", () => {
  it.each([
    ["^1.2.3", "^1.2.4"],
    ["~1.2.3", "~1.2.4"],
    ["1.2.3", "1.2.4"],
    ["=1.2.3", "=1.2.4"],
    ["v1.2.3", "v1.2.4"],
    ["^1.2", "^1.2.4"],
    ["^1", "^1.2.4"],
    ["~1.2", "~1.2.4"],
    ["^0.9.0-rc.1", "^1.2.4"],
    [" ^1.2.3 ", "^1.2.4"],
  ])("keeps the operator of %j", (declared, range) => {
    expect(bumpRange(declared, "1.2.4")).toEqual({ kind: "bumped", range });
  });

  it.each(["^1.2.4", "1.3.0", "~2.0.0", "^1.2.5-rc.1"])("%j asks for as much already", (declared) => {
    expect(bumpRange(declared, "1.2.4")).toEqual({ kind: "reached" });
  });

  it.each([">=1.0.0", "1.x", "1", "~1", "*", "", "^1.0.0 || ^2.0.0", "1.0.0 - 1.9.0"])(
    "%j stays as it is, and admits it",
    (declared) => {
      expect(bumpRange(declared, "1.2.4")).toEqual({ kind: "admitted" });
    },
  );

  it.each([
    ["<1.2.4", "does not admit"],
    ["0.x", "does not admit"],
    ["latest", "is a tag"],
    ["npm:@other/kit@^1.2.3", "is an alias"],
    ["github:acme/kit", "by a range"],
    ["acme/kit", "by a range"],
    ["git+ssh://git@github.com/acme/kit.git#v1", "by a range"],
    ["file:../kit", "by a range"],
    ["workspace:^1.2.3", "by a range"],
    ["https://example.com/kit.tgz", "by a range"],
  ])("%j is left alone, and says why", (declared, reason) => {
    expect(bumpRange(declared, "1.2.4")).toMatchObject({
      kind: "untouched",
      reason: expect.stringContaining(reason),
    });
  });
});
