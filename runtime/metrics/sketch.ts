import sketches from "@datadog/sketches-js";
import type { Sketch as SketchData } from "#schemas/types.ts";

const ACCURACY = 0.01;
// From a microsecond to a quarter of an hour; of a wider range the smallest values run together.
const BINS_MAX = 1024;
// Two numbers each. Sorting values in one by one would touch a dozen places in memory for every request.
const WAITING_MAX = 64;

/**
 * A distribution of milliseconds that can be added to others: quantiles are right to one percent of their value.
 * Source: Masson, Rim, Lee, "DDSketch", VLDB 2019, as @datadog/sketches-js has it. Sketches travel as plain bins, since
 * that package's protobuf needs another package and loses the count.
 */
export class Sketch {
  #sketch = makeSketch();
  #min = Infinity;
  #max = -Infinity;
  /** Values that were not sorted in yet, each with how often it came. */
  #waiting: number[] = [];

  static from(data: SketchData): Sketch {
    const sketch = new Sketch();
    sketch.add(data);
    return sketch;
  }

  get count(): number {
    this.#sortIn();
    return this.#sketch.count;
  }

  get sum(): number {
    this.#sortIn();
    return this.#sketch.sum;
  }

  /** `times` equal values at once; below zero is taken for zero, since clocks may step. */
  accept(valueMs: number, times = 1): void {
    if (!(times > 0) || !Number.isFinite(valueMs)) return;
    this.#waiting.push(Math.max(0, valueMs), times);
    if (this.#waiting.length >= WAITING_MAX) this.#sortIn();
  }

  /** Adds all that another one holds. One of another accuracy cannot be added, and is left out. */
  add(data: SketchData): void {
    if (data.accuracy !== ACCURACY) return;
    this.#sortIn();
    const { store } = this.#sketch;
    // Bin by bin: the package's own merge goes wrong when the greatest key is 0, which is about one millisecond.
    for (const [index, times] of data.counts.entries()) if (times > 0) store.add(data.offset + index, times);
    this.#sketch.zeroCount += data.zeros;
    this.#sketch.count += data.zeros + data.counts.reduce((sum, times) => sum + times, 0);
    this.#sketch.sum += data.sum;
    this.#min = Math.min(this.#min, data.min ?? Infinity);
    this.#max = Math.max(this.#max, data.max ?? -Infinity);
  }

  /** Milliseconds, or null when it is empty. `quantile` is 0 to 1. */
  quantile(quantile: number): number | null {
    if (this.count === 0) return null;
    const value = this.#sketch.getValueAtQuantile(quantile);
    return Math.min(Math.max(value, this.#min), this.#max);
  }

  /** How many values are at most `boundMs`, right to one percent of the bound. */
  countUpTo(boundMs: number): number {
    this.#sortIn();
    const { store, mapping, zeroCount } = this.#sketch;
    if (store.count === 0 || boundMs <= 0) return zeroCount;
    const last = Math.min(mapping.key(boundMs), store.maxKey);
    let sum = zeroCount;
    for (let key = store.minKey; key <= last; key += 1) sum += store.bins[key - store.offset] ?? 0;
    return sum;
  }

  toData(): SketchData {
    this.#sortIn();
    const { store, zeroCount, sum } = this.#sketch;
    const isEmpty = store.count === 0;
    const counts = isEmpty
      ? []
      : store.bins.slice(store.minKey - store.offset, store.maxKey - store.offset + 1);
    const edges = this.count === 0 ? {} : { min: this.#min, max: this.#max };
    return {
      accuracy: ACCURACY,
      offset: isEmpty ? 0 : store.minKey,
      counts,
      zeros: zeroCount,
      sum,
      ...edges,
    };
  }

  #sortIn(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (let at = 0; at + 1 < waiting.length; at += 2) {
      const value = waiting[at] ?? 0;
      this.#sketch.accept(value, waiting[at + 1]);
      this.#min = Math.min(this.#min, value);
      this.#max = Math.max(this.#max, value);
    }
  }
}

function makeSketch(): InstanceType<typeof sketches.LogCollapsingLowestDenseDDSketch> {
  return new sketches.LogCollapsingLowestDenseDDSketch({ relativeAccuracy: ACCURACY, binLimit: BINS_MAX });
}
