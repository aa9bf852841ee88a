import type { Sketch as SketchData } from "#schemas/types.ts";
import { Sketch } from "./sketch.ts";

const KINDS_MAX = 32;

/** What a series is about; region and node are the same for all of a node. */
export interface SeriesKey {
  readonly script: string;
  readonly version: string;
  readonly role: string;
  readonly digest: string;
}

/** What happened since the last one was taken. Two can be added, whether of two workers or of two times. */
export interface SeriesDelta {
  readonly requests: number;
  /** Answers by the first digit of their status, from 1. */
  readonly byStatusClass: readonly number[];
  /** Answers of 500 and above and connections closed without one, by the platform's code or script_5xx. */
  readonly errorsByKind: Readonly<Record<string, number>>;
  /** Time from the whole request to the whole response, milliseconds. */
  readonly latencyMs: SketchData | null;
  /** Thread CPU a request, milliseconds; requests of one batch share its time evenly. */
  readonly cpuMs: SketchData | null;
  /** Isolates that had to be made while a request waited. */
  readonly coldStarts: number;
  readonly warmups: number;
  readonly batches: number;
}

/** How things are. Two can be added when they are of two workers at one time. */
export interface SeriesGauges {
  /** Null when it is not known, or when nothing is loaded. */
  readonly heapBytes: number | null;
  readonly inFlight: number;
  readonly queued: number;
}

export const NO_GAUGES: SeriesGauges = { heapBytes: null, inFlight: 0, queued: 0 };

export const NO_DELTA: SeriesDelta = {
  requests: 0,
  byStatusClass: [0, 0, 0, 0, 0],
  errorsByKind: {},
  latencyMs: null,
  cpuMs: null,
  coldStarts: 0,
  warmups: 0,
  batches: 0,
};

export function addDeltas(a: SeriesDelta, b: SeriesDelta): SeriesDelta {
  return {
    requests: a.requests + b.requests,
    byStatusClass: a.byStatusClass.map((count, at) => count + (b.byStatusClass[at] ?? 0)),
    errorsByKind: addKinds(a.errorsByKind, b.errorsByKind),
    latencyMs: addSketches(a.latencyMs, b.latencyMs),
    cpuMs: addSketches(a.cpuMs, b.cpuMs),
    coldStarts: a.coldStarts + b.coldStarts,
    warmups: a.warmups + b.warmups,
    batches: a.batches + b.batches,
  };
}

export function addGauges(a: SeriesGauges, b: SeriesGauges): SeriesGauges {
  const heapBytes = a.heapBytes === null ? b.heapBytes : a.heapBytes + (b.heapBytes ?? 0);
  return { heapBytes, inFlight: a.inFlight + b.inFlight, queued: a.queued + b.queued };
}

/** The same text for the same series. */
export function seriesName({ script, version, role, digest }: SeriesKey): string {
  return `${script}@${version}/${role}/${digest}`;
}

export function errorsOf({ errorsByKind }: SeriesDelta): number {
  return Object.values(errorsByKind).reduce((sum, count) => sum + count, 0);
}

function addKinds(a: SeriesDelta["errorsByKind"], b: SeriesDelta["errorsByKind"]): Record<string, number> {
  const sum: Record<string, number> = { ...a };
  for (const [kind, count] of Object.entries(b)) {
    const isRoom = kind in sum || Object.keys(sum).length < KINDS_MAX;
    const name = isRoom ? kind : "other";
    sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

function addSketches(a: SketchData | null, b: SketchData | null): SketchData | null {
  if (a === null || b === null) return a ?? b;
  const sum = Sketch.from(a);
  sum.add(b);
  return sum.toData();
}
