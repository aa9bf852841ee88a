import { expect, it } from "@jest/globals";
import { campaignRivals } from "#domain/campaign/campaign-rivals.ts";
import type { Campaign } from "#schemas/types.ts";

const base: Campaign = { kind: "Campaign", name: "new", owner: "@alice", library: "kit", to: "1.2.5" };
const stopped = { reason: "bad", by: "maya", at: "2026-05-04T10:00:00Z" };

it.each<[string, Partial<Campaign>, Partial<Campaign>, "stands" | "yields" | "is none"]>([
  ["a person's for all", {}, {}, "stands"],
  ["a person's for others", { selector: { team: "web" } }, { selector: { team: "art" } }, "is none"],
  ["a person's for some", { selector: { team: "web" } }, {}, "stands"],
  ["one that was stopped", { stopped }, {}, "is none"],
  ["one that was superseded", { foundBy: "scan", supersededBy: "other" }, {}, "is none"],
  ["another library's", { library: "other" }, {}, "is none"],
  ["the scan's, for one for all", { foundBy: "scan" }, {}, "yields"],
  ["the scan's, for one for some", { foundBy: "scan" }, { selector: { team: "web" } }, "stands"],
])("%s", (_, known, started, role) => {
  const file = { path: "", text: "", campaign: { ...base, name: "old", to: "1.2.4", ...known } };
  expect(campaignRivals([file], { ...base, ...started })).toEqual({
    standing: role === "stands" ? file : null,
    yielding: role === "yields" ? [file] : [],
  });
});
