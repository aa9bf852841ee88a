import type { RevisionSettings, Sketch as SketchData } from "#schemas/types.ts";
import { addGauges, errorsOf, NO_GAUGES, type SeriesGauges } from "../metrics/metrics-snapshot.ts";
import { Sketch } from "../metrics/sketch.ts";
import type { InstanceSnapshot } from "../worker-messages.ts";
import type { InstanceIdentity } from "./script-instance.ts";

const RECENT_MS = 60_000;
const RECENT_MAX = 120;

/** An instance that serves in the workers, with what it has answered in all of them. */
export class LiveInstance {
  /** What workers know it by. */
  readonly number: number;
  readonly identity: InstanceIdentity;
  readonly settings: RevisionSettings;
  readonly sinceMs: number;
  readonly warmupMs: number;
  readonly #gauges = new Map<number, SeriesGauges>();
  #recent: { readonly atMs: number; readonly latencyMs: SketchData }[] = [];
  #requests = 0;
  #errors = 0;

  constructor(
    number: number,
    identity: InstanceIdentity,
    settings: RevisionSettings,
    sinceMs: number,
    warmupMs: number,
  ) {
    this.number = number;
    this.identity = identity;
    this.settings = settings;
    this.sinceMs = sinceMs;
    this.warmupMs = warmupMs;
  }

  /** Takes in what a worker has counted since it last told. */
  tell(worker: number, { delta, gauges }: InstanceSnapshot, nowMs: number): void {
    this.#requests += delta.requests;
    this.#errors += errorsOf(delta);
    this.#gauges.set(worker, gauges);
    if (delta.latencyMs === null) return;
    this.#recent = this.#recent.filter(({ atMs }) => nowMs - atMs <= RECENT_MS).slice(-RECENT_MAX);
    this.#recent.push({ atMs: nowMs, latencyMs: delta.latencyMs });
  }

  /** The worker is gone, and what it held with it. */
  forget(worker: number): void {
    this.#gauges.delete(worker);
  }

  get requests(): number {
    return this.#requests;
  }

  /** Answers of 500 and above. */
  get errors(): number {
    return this.#errors;
  }

  /** Of all workers together. */
  get gauges(): SeriesGauges {
    return [...this.#gauges.values()].reduce(addGauges, NO_GAUGES);
  }

  /** Of about the last minute, milliseconds; null when nothing was answered. */
  p95Ms(nowMs: number): number | null {
    const sketch = new Sketch();
    let isEmpty = true;
    for (const { atMs, latencyMs } of this.#recent) {
      if (nowMs - atMs > RECENT_MS) continue;
      sketch.add(latencyMs);
      isEmpty = false;
    }
    return isEmpty ? null : sketch.quantile(0.95);
  }
}
