import { expect, it } from "@jest/globals";
import { stopsNote } from "#app/presentation/stops-note.ts";
import { freeze, hold, kill, nowMs, snapshot } from "../../domain/operations/operation-fixture.ts";

it("names what keeps the scripts of a pull request from rolling out, until when, by whom and why", () => {
  const state = snapshot({
    holds: [hold("pause"), hold("abort", { script: "home", version: "1" })],
    freezes: [
      freeze("region:eu-west-1", { until: "2026-11-02T14:00:00Z" }),
      freeze("fleet", { until: "2026-11-02T09:00:00Z" }),
      freeze("script:home"),
    ],
    kills: [kill("script:artwork@4", ["eu-west-1"])],
  });
  expect(stopsNote(state, ["artwork@4"], nowMs)).toEqual([
    expect.stringContaining("**Paused:** `artwork@4` by @"),
    expect.stringContaining("**Frozen until 14:00 UTC:** `region:eu-west-1` by @"),
    expect.stringContaining("**Stopped:** `script:artwork@4` by @"),
  ]);
  expect(stopsNote(state, ["search@2"], nowMs)).toHaveLength(1);
  expect(stopsNote(snapshot(), ["artwork@4"], nowMs)).toEqual([]);
});
