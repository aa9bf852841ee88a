import { describe, expect, it } from "@jest/globals";
import { formatTarget, parseSelector, parseTargetText } from "#domain/operations/operation-target.ts";

describe("the target of an operation", () => {
  it.each([
    ["artwork", { kind: "script", name: "artwork", version: null }],
    ["artwork@4", { kind: "script", name: "artwork", version: "4" }],
    ["group:checkout", { kind: "group", name: "checkout" }],
    ["region:eu-west-1", { kind: "region", name: "eu-west-1" }],
    ["fleet", { kind: "fleet" }],
  ])("reads %s, and writes it the same way", (text, target) => {
    const parsed = parseTargetText(text);
    expect(parsed).toEqual(target);
    expect(parsed && formatTarget(parsed)).toBe(text);
  });

  it("reads script:NAME as the freezes and kills write it", () => {
    expect(parseTargetText("script:artwork@4")).toEqual({ kind: "script", name: "artwork", version: "4" });
  });

  it.each(["", "Artwork", "artwork@", "group:", "team:web", "../../fleet", "a b", "region:eu west", "*"])(
    "refuses %j",
    (text) => {
      expect(parseTargetText(text)).toBeNull();
    },
  );

  it("reads labels, which must all hold", () => {
    const selector = parseSelector("team=web, tier=1");
    expect(selector).toEqual({ kind: "selector", labels: { team: "web", tier: "1" } });
    expect(selector && formatTarget(selector)).toBe("-l team=web,tier=1");
  });

  it.each(["", "team", "=web", "team=a,team=b", "Team=web", "team=a b", "__proto__=x"])(
    "refuses the labels %j",
    (text) => {
      expect(parseSelector(text)).toBeNull();
    },
  );
});
