import { describe, expect, it } from "@jest/globals";
import { linkStaysInside } from "#adapters/git/write-checkout.ts";

describe("linkStaysInside", () => {
  it.each([
    ["link", "file"],
    ["link", "./dir/file"],
    ["dir/link", "../file"],
    ["a/b/link", "../.."],
    ["a/link", "./../b//c"],
  ])("lets %s point to %s", (path, target) => {
    expect(linkStaysInside(path, target)).toBe(true);
  });

  it.each([
    ["link", "/etc/passwd"],
    ["link", ".."],
    ["a/link", "../../x"],
    ["a/link", "b/../../x"],
    ["link", "loop/../x"],
    ["link", ""],
    ["link", "a\0b"],
  ])("refuses that %s points to %j", (path, target) => {
    expect(linkStaysInside(path, target)).toBe(false);
  });
});
