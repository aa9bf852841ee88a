import type { MetricWindow, RegionDocument, SeriesReport } from "#schemas/types.ts";
import {
  addDeltas,
  errorsOf,
  isNothing,
  seriesName,
  type SeriesDelta,
  type SeriesKey,
} from "./metrics-snapshot.ts";

const MINUTE_MS = 60_000;
/** The window under way and those before it, so that a report that is lost loses nothing. */
const WINDOWS_MIN = 3;
/** Of short windows so many are kept that reports may fail for this long, milliseconds. */
const KEPT_MS = 40_000;
const SERIES_REPORTED_MAX = 500;

/** What a series is counted for: a comparison may want shorter windows than a minute. */
interface Purpose {
  readonly runId: string | null;
  readonly windowMs: number;
}

interface Window {
  readonly delta: SeriesDelta;
  /** Sum of the heap seen at each look, bytes, and how many looks saw one. */
  readonly heapBytesSum: number;
  readonly heapLooks: number;
}

interface Series {
  readonly key: SeriesKey;
  readonly purpose: Purpose;
  /** By start, milliseconds since the epoch; oldest first. */
  readonly windows: Map<number, Window>;
}

const FOR_EVERYBODY: Purpose = { runId: null, windowMs: MINUTE_MS };

/**
 * What each series did window by window, for the node report. Whole windows can be told apart by whoever gets them, so
 * that one that is reported twice counts once. A window is a minute, or as long as the region document says for the
 * instances of a run.
 */
export class MetricWindows {
  readonly #series = new Map<string, Series>();
  #purposes: ReadonlyMap<string, Purpose> = new Map();

  /** Counts from now on for the runs that this document names. */
  follow(document: RegionDocument): void {
    const purposes = new Map<string, Purpose>();
    for (const { name: script, version, instances } of document.scripts) {
      for (const { role, digest, runId = null, windowSeconds = 60 } of instances) {
        if (role === "stable") continue;
        purposes.set(seriesName({ script, version, role, digest }), {
          runId,
          windowMs: windowSeconds * 1000,
        });
      }
    }
    this.#purposes = purposes;
  }

  /** `heapBytes` is what the instance holds just now in all workers; null when nothing is loaded. */
  absorb(key: SeriesKey, delta: SeriesDelta, heapBytes: number | null, nowMs: number): void {
    if (isNothing(delta)) return;
    const name = seriesName(key);
    const { purpose, windows } = this.#seriesOf(name, key);
    const startMs = Math.floor(nowMs / purpose.windowMs) * purpose.windowMs;
    const before = windows.get(startMs);
    windows.set(startMs, {
      delta: before === undefined ? delta : addDeltas(before.delta, delta),
      heapBytesSum: (before?.heapBytesSum ?? 0) + (heapBytes ?? 0),
      heapLooks: (before?.heapLooks ?? 0) + (heapBytes === null ? 0 : 1),
    });
    this.#forgetBefore(nowMs);
  }

  /** At most 500 series: those under comparison first, then the busiest. */
  reports(nowMs: number): SeriesReport[] {
    this.#forgetBefore(nowMs);
    return [...this.#series.values()]
      .toSorted((a, b) => rankOf(a) - rankOf(b) || requestsOf(b) - requestsOf(a))
      .slice(0, SERIES_REPORTED_MAX)
      .map(({ key, purpose, windows }) => ({
        ...key,
        ...(purpose.runId !== null && { runId: purpose.runId }),
        windows: [...windows].map(([startMs, window]) => reportWindow(startMs, purpose.windowMs, window)),
      }));
  }

  /** Another run of the same digest begins with nothing; what still comes for a run that has ended is counted for it. */
  #seriesOf(name: string, key: SeriesKey): Series {
    const known = this.#series.get(name);
    const purpose = this.#purposes.get(name) ?? known?.purpose ?? FOR_EVERYBODY;
    if (known && known.purpose.runId === purpose.runId && known.purpose.windowMs === purpose.windowMs)
      return known;
    const series = { key, purpose, windows: new Map<number, Window>() };
    this.#series.set(name, series);
    return series;
  }

  #forgetBefore(nowMs: number): void {
    for (const [name, { purpose, windows }] of this.#series) {
      const { windowMs } = purpose;
      const kept = Math.max(WINDOWS_MIN, Math.ceil(KEPT_MS / windowMs) + 1);
      const oldestMs = (Math.floor(nowMs / windowMs) - (kept - 1)) * windowMs;
      for (const startMs of windows.keys()) if (startMs < oldestMs) windows.delete(startMs);
      if (windows.size === 0) this.#series.delete(name);
    }
  }
}

function reportWindow(startMs: number, windowMs: number, window: Window): MetricWindow {
  const { delta, heapBytesSum, heapLooks } = window;
  const { requests, errorsByKind, latencyMs, cpuMs, coldStarts, warmups, batches, calls } = delta;
  return {
    startedAt: new Date(startMs).toISOString(),
    ...(windowMs === MINUTE_MS ? {} : { seconds: windowMs / 1000 }),
    requests,
    errors: errorsOf(delta),
    errorsByKind: { ...errorsByKind },
    coldStarts,
    warmups,
    batches,
    ...(Object.keys(calls).length === 0 ? {} : { calls: { ...calls } }),
    ...(latencyMs === null ? {} : { latencyMs }),
    ...(cpuMs === null ? {} : { cpuMs }),
    ...(heapLooks === 0 ? {} : { heapBytes: heapBytesSum / heapLooks }),
  };
}

function rankOf({ key }: Series): number {
  return key.role === "stable" ? 1 : 0;
}

function requestsOf({ windows }: Series): number {
  return [...windows.values()].reduce((sum, { delta }) => sum + delta.requests, 0);
}
