import type { Sketch as SketchData } from "#schemas/types.ts";
import { Sketch } from "./sketch.ts";

const KINDS_MAX = 32;
const CALLEES_MAX = 32;

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
  /** Calls to other scripts of the region, by name. */
  readonly calls: Readonly<Record<string, CallCount>>;
  /** Calls out of the node that went over the rate. */
  readonly egressRefused: number;
}

export interface CallCount {
  readonly requests: number;
  /** Of these, answered 5xx or not at all. */
  readonly errors: number;
}

export const NO_CALLS: CallCount = { requests: 0, errors: 0 };

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
  calls: {},
  egressRefused: 0,
};

/** Whether nothing was counted. */
export function isNothing(delta: SeriesDelta): boolean {
  const { requests, coldStarts, warmups, batches, calls, egressRefused } = delta;
  return requests + coldStarts + warmups + batches + egressRefused === 0 && Object.keys(calls).length === 0;
}

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
    calls: addCalls(a.calls, b.calls),
    egressRefused: a.egressRefused + b.egressRefused,
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

/** A script may call whatever name it likes, so only so many are told apart. */
export function addCalls(a: SeriesDelta["calls"], b: SeriesDelta["calls"]): Record<string, CallCount> {
  // A map, because a script may be named as something that every object has.
  const sum = new Map(Object.entries(a));
  for (const [callee, { requests, errors }] of Object.entries(b)) {
    const name = sum.has(callee) || sum.size < CALLEES_MAX ? callee : "other";
    const before = sum.get(name) ?? NO_CALLS;
    sum.set(name, { requests: before.requests + requests, errors: before.errors + errors });
  }
  return Object.fromEntries(sum);
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
