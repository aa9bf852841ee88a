import type { MetricWindow, SeriesReport } from "#schemas/types.ts";
import { addDeltas, errorsOf, seriesName, type SeriesDelta, type SeriesKey } from "./metrics-snapshot.ts";

const WINDOW_MS = 60_000;
/** The minute under way and those before it, so that a report that is lost loses nothing. */
const WINDOWS_MAX = 3;
const SERIES_REPORTED_MAX = 500;

interface Series {
  readonly key: SeriesKey;
  /** By start, milliseconds since the epoch; oldest first. */
  readonly windows: Map<number, SeriesDelta>;
}

/**
 * What each series did minute by minute, for the node report. Whole minutes can be told apart by whoever gets them, so
 * that one that is reported twice counts once.
 */
export class MetricWindows {
  readonly #series = new Map<string, Series>();

  absorb(key: SeriesKey, delta: SeriesDelta, nowMs: number): void {
    if (delta.requests + delta.batches + delta.coldStarts + delta.warmups === 0) return;
    const name = seriesName(key);
    const series = this.#series.get(name) ?? { key, windows: new Map<number, SeriesDelta>() };
    this.#series.set(name, series);
    const startMs = Math.floor(nowMs / WINDOW_MS) * WINDOW_MS;
    const before = series.windows.get(startMs);
    series.windows.set(startMs, before === undefined ? delta : addDeltas(before, delta));
    this.#forgetBefore(nowMs);
  }

  /** At most 500 series: those under comparison first, then the busiest. */
  reports(nowMs: number): SeriesReport[] {
    this.#forgetBefore(nowMs);
    return [...this.#series.values()]
      .toSorted((a, b) => rankOf(a) - rankOf(b) || requestsOf(b) - requestsOf(a))
      .slice(0, SERIES_REPORTED_MAX)
      .map(({ key, windows }) => ({
        ...key,
        windows: [...windows].map(([startMs, delta]) => reportWindow(startMs, delta)),
      }));
  }

  #forgetBefore(nowMs: number): void {
    const oldestMs = Math.floor(nowMs / WINDOW_MS) * WINDOW_MS - (WINDOWS_MAX - 1) * WINDOW_MS;
    for (const [name, { windows }] of this.#series) {
      for (const startMs of windows.keys()) if (startMs < oldestMs) windows.delete(startMs);
      if (windows.size === 0) this.#series.delete(name);
    }
  }
}

function reportWindow(startMs: number, delta: SeriesDelta): MetricWindow {
  const { requests, errorsByKind, latencyMs, cpuMs, coldStarts, warmups, batches } = delta;
  return {
    startedAt: new Date(startMs).toISOString(),
    requests,
    errors: errorsOf(delta),
    errorsByKind: { ...errorsByKind },
    coldStarts,
    warmups,
    batches,
    ...(latencyMs === null ? {} : { latencyMs }),
    ...(cpuMs === null ? {} : { cpuMs }),
  };
}

function rankOf({ key }: Series): number {
  return key.role === "stable" ? 1 : 0;
}

function requestsOf({ windows }: Series): number {
  return [...windows.values()].reduce((sum, { requests }) => sum + requests, 0);
}
