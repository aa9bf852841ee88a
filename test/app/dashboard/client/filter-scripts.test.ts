import { describe, expect, it } from "@jest/globals";
import { countByFilter, filterScripts } from "#app/dashboard/client/filter-scripts.ts";
import type { StateFilter } from "#app/dashboard/client/view-state.ts";
import { cannedScript } from "../canned-overview.ts";

const scripts = [
  cannedScript("artwork", "4", "team-art", ["drift", "rolling"]),
  cannedScript("subtitles", "1", "team-playback"),
  cannedScript("playback-manifest", "12", "team-playback", ["unknown"]),
];

describe("filterScripts", () => {
  it.each<[string, StateFilter, string[]]>([
    ["", "all", ["artwork", "subtitles", "playback-manifest"]],
    ["ARTWORK@4", "all", ["artwork"]],
    ["  playback   sub ", "all", ["subtitles"]],
    ["acme/art", "all", ["artwork"]],
    ["nothing like it", "all", []],
    ["", "drift", ["artwork"]],
    ["team-art", "unknown", []],
  ])("finds for %j in state %s: %j", (query, state, names) => {
    expect(filterScripts(scripts, query, state).map(({ name }) => name)).toEqual(names);
  });
});

it("counts scripts, not cells, for each filter", () => {
  expect(countByFilter(scripts)).toEqual({ all: 3, failed: 0, drift: 1, unknown: 1, rolling: 1 });
});
