import { describe, expect, it } from "@jest/globals";
import { buildRouteTable, findRoute, type RouteEntry } from "#runtime/gateway/route-table.ts";

function entry(script: string, version: string, route: string, isDefault = true): RouteEntry<string> {
  return { script, version, route, isDefault, target: `${script}@${version}` };
}

const { table } = buildRouteTable([
  entry("home", "1", "/"),
  entry("artwork", "4", "/artwork"),
  entry("artwork", "3", "/artwork", false),
  entry("cards", "1", "/artwork/cards"),
  entry("late", "2", "/late", false),
]);

describe("findRoute", () => {
  it.each([
    ["takes the route itself", "/artwork", null, "artwork@4", "/artwork"],
    ["takes what is below the route", "/artwork/x/y", null, "artwork@4", "/artwork/x/y"],
    ["ends a prefix at a slash only", "/artworks", null, "home@1", "/artworks"],
    ["prefers the longest route", "/artwork/cards/7", null, "cards@1", "/artwork/cards/7"],
    ["selects a version by path and hides it", "/artwork@3/x", null, "artwork@3", "/artwork/x"],
    ["selects a version by header", "/artwork/x", "3", "artwork@3", "/artwork/x"],
    ["lets the path's version win over the header's", "/artwork@3", "4", "artwork@3", "/artwork"],
    ["selects a version of the root", "/@1/x", null, "home@1", "/x"],
    ["takes an at sign elsewhere as part of the path", "/artwork/a@b", null, "artwork@4", "/artwork/a@b"],
    ["gives the rest to the root route", "/nothing/here", null, "home@1", "/nothing/here"],
  ])("%s", (_rule, path, header, target, seen) => {
    expect(findRoute(table, path, header)).toEqual({
      kind: "found",
      script: target.split("@")[0],
      target,
      path: seen,
    });
  });

  it.each([
    [
      "an unknown version in the path",
      "/artwork@9",
      null,
      { kind: "unknownVersion", script: "artwork", version: "9" },
    ],
    [
      "an unknown version in the header",
      "/artwork",
      "9",
      { kind: "unknownVersion", script: "artwork", version: "9" },
    ],
    [
      "an empty version in the path",
      "/artwork@",
      null,
      { kind: "unknownVersion", script: "artwork", version: "" },
    ],
    ["a script whose default does not serve", "/late", null, { kind: "noDefault", script: "late" }],
  ])("says so for %s", (_case, path, header, expected) => {
    expect(findRoute(table, path, header)).toEqual(expected);
  });

  it("finds nothing where no route is", () => {
    const { table: small } = buildRouteTable([entry("a", "1", "/a")]);
    expect(findRoute(small, "/b", null)).toEqual({ kind: "none" });
    expect(findRoute(small, "/", null)).toEqual({ kind: "none" });
  });

  it("is not slowed down by a path of many slashes", () => {
    expect(findRoute(table, "/x".repeat(8000), null)).toMatchObject({ kind: "found", target: "home@1" });
  });
});

describe("buildRouteTable", () => {
  it("leaves a route with the script that has it, and names the other", () => {
    const { table: built, conflicts } = buildRouteTable([
      entry("a", "1", "/same"),
      entry("b", "1", "/same/"),
    ]);
    expect(conflicts).toEqual([{ script: "b", version: "1", route: "/same/", ownedBy: "a" }]);
    expect(findRoute(built, "/same", null)).toMatchObject({ target: "a@1" });
  });
});
