import { expect, it } from "@jest/globals";
import { createExperimentRecords, recordCellWindows } from "#adapters/store/experiments.ts";
import type { ExperimentState } from "#domain/experiment/experiment-state.ts";
import { type CellWindow, byPeriod, observeCells } from "#domain/experiment/observe-cells.ts";
import { describeOnEachStore } from "./temporary-store.ts";

const sinceMs = Date.parse("2026-11-02T10:00:00Z");
const state: ExperimentState = {
  phase: { kind: "running", sinceMs, expiresAtMs: sinceMs + 3_600_000, periodMs: 120_000 },
  verdict: null,
  requests: {},
  pull: null,
};

function windowAt(cell: string, minute: number, requests: number, node = "n1"): CellWindow {
  const counts = { requests, errors: 1, errorsByKind: {}, coldStarts: 0, warmups: 0, batches: 1 };
  return { cell, node, startMs: sinceMs + minute * 60_000, counts };
}

describeOnEachStore("what nodes counted for an experiment", (place) => {
  it("is kept while it runs alone, folded into whole periods once, and read back as it was", async () => {
    const store = await place.open();
    const records = createExperimentRecords(store.db);
    await recordCellWindows(store.db, "cards", [windowAt("plain", 0, 5)]);
    await records.save("cards", state, true, sinceMs);
    const windows = [windowAt("plain", 0, 10), windowAt("plain", 1, 20, "n2"), windowAt("quote", 1, 7)];
    await recordCellWindows(store.db, "cards", [windowAt("plain", 0, 9), windowAt("plain", 2, 1)]);
    await recordCellWindows(store.db, "cards", windows);
    const due = await records.windows("cards", sinceMs + 120_000);
    expect(due).toEqual(expect.arrayContaining(windows));
    expect(due).toHaveLength(3);

    const course = { sinceMs, periodMs: 120_000 };
    const periods = [...byPeriod(due, course)].map(([startMs, own]) => observeCells(startMs, own));
    for (const _twice of [1, 2]) await records.fold("cards", sinceMs, periods, sinceMs + 120_000);
    expect(await records.periods("cards", sinceMs)).toEqual(periods);
    expect(periods[0]?.requests).toEqual(
      new Map([
        ["plain", 30],
        ["quote", 7],
      ]),
    );
    expect(await records.windows("cards", sinceMs + 120_000)).toEqual([]);
    expect(await records.periods("cards", sinceMs + 60_000)).toEqual([]);

    await records.save("cards", state, false, sinceMs);
    await recordCellWindows(store.db, "cards", [windowAt("quote", 3, 3)]);
    expect(await records.windows("cards", sinceMs + 3_600_000)).toHaveLength(1);
  });
});
