import { describe, expect, it } from "@jest/globals";
import { findRouted } from "#app/cli/dev/route-finder.ts";

const ENTRIES = [
  { route: "/art", version: "1", isDefault: false },
  { route: "/art", version: "2", isDefault: true },
  { route: "/art/deep", version: "1", isDefault: true },
];

describe("finding the script of a path", () => {
  it.each([
    ["/art", "/art", "2"],
    ["/art/x", "/art", "2"],
    ["/art@1", "/art", "1"],
    ["/art@1/x", "/art", "1"],
    ["/art/deep/x", "/art/deep", "1"],
  ])("%s leads to %s, version %s", (path, route, version) => {
    expect(findRouted(ENTRIES, path)).toMatchObject({ route, version });
  });

  it.each(["/", "/arts", "/art@9", ""])("%j leads nowhere", (path) => {
    expect(findRouted(ENTRIES, path)).toBeNull();
  });

  it("lets a script at the root answer for the rest", () => {
    const root = { route: "/", version: "1", isDefault: true };
    expect(findRouted([...ENTRIES, root], "/other")).toBe(root);
    expect(findRouted([...ENTRIES, root], "/art")).toMatchObject({ route: "/art" });
  });
});
