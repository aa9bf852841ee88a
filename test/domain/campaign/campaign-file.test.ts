import { expect, it } from "@jest/globals";
import { campaignName, nameOf, withCampaignState } from "#domain/campaign/campaign-file.ts";
import { importedNames } from "#domain/campaign/imported-names.ts";
import { dependencyDepth } from "#domain/campaign/dependency-depth.ts";

it.each([
  ["@acme/edge-kit", "1.2.4", "edge-kit-1-2-4"],
  ["lodash", "4.17.21", "lodash-4-17-21"],
  ["Weird._name", "1.0.0-rc.1", "weird-name-1-0-0-rc-1"],
])("calls the campaign of %s to %s %s", (library, version, name) => {
  expect(campaignName(library, version)).toBe(name);
});

it("knows a campaign by its name with dots", () => {
  expect(nameOf("edge-kit-1.2.4")).toBe("edge-kit-1-2-4");
});

it("keeps what people wrote in a campaign's file when it stops and goes on", () => {
  const text = "kind: Campaign # ours\nname: c\n# slowly\nopenMax: 3\n";
  const stopped = withCampaignState(text, {
    stopped: { reason: "bad", by: "showrunner", at: "2026-05-04T09:00:00Z" },
  });
  expect(stopped).toContain("# ours");
  expect(stopped).toContain("# slowly");
  expect(stopped).toContain("reason: bad");
  const back = withCampaignState(stopped, {
    stopped: { reason: "worse", by: "api/maya", at: "2026-05-04T10:00:00Z", rollback: true },
  });
  expect(back).toMatch(/reason: worse\n[^]*rollback: true/);
  expect(withCampaignState(back, { resumedAt: "2026-05-05T09:00:00Z" })).not.toContain("rollback");
  const again = withCampaignState(stopped, { resumedAt: "2026-05-05T09:00:00Z" });
  expect(again).not.toContain("stopped");
  expect(again).toContain("resumedAt: 2026-05-05T09:00:00Z");
  expect(again).toContain("# slowly");
});

it.each([
  ['import { json, type Cell, problem as p } from "@acme/kit";', ["json", "problem"]],
  ["import kit, * as all from '@acme/kit'", ["*", "default"]],
  ['import { x } from "@acme/kit/deep";', ["/deep", "x"]],
  ['export { rank } from "@acme/kit";', ["rank"]],
  ['import type { T } from "@acme/kit";', []],
  ['import { y } from "@acme/kit-more";', []],
])("reads what %s takes from the library", (text, names) => {
  expect(importedNames(text, "@acme/kit")).toEqual(names);
});

it("counts the steps below each script, circles cut", () => {
  const depths = dependencyDepth(
    new Map([
      ["home", ["art", "catalog"]],
      ["art", ["catalog"]],
      ["catalog", []],
      ["a", ["b"]],
      ["b", ["a", "elsewhere"]],
    ]),
  );
  expect([depths.get("home"), depths.get("art"), depths.get("catalog")]).toEqual([2, 1, 0]);
  expect(depths.size).toBe(5);
});
