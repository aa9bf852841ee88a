import { describe, expect, it } from "@jest/globals";
import { array, assert, double, property } from "fast-check";
import { Sketch } from "#runtime/metrics/sketch.ts";

// Values around one millisecond have the key 0, of which the package's own merge makes nothing.
const latencies = array(double({ min: 0.001, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 });

function sketchOf(values: readonly number[]): Sketch {
  const sketch = new Sketch();
  for (const value of values) sketch.accept(value);
  return sketch;
}

describe("Sketch", () => {
  it("gives quantiles that are right to one percent", () => {
    assert(
      property(latencies, double({ min: 0, max: 1, noNaN: true }), (values, quantile) => {
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.floor(quantile * (values.length - 1))] ?? 0;
        const estimate = sketchOf(values).quantile(quantile) ?? 0;
        expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(exact * 0.0101);
      }),
    );
  });

  it("adds up to what one sketch of all values is, whatever way it travelled", () => {
    assert(
      property(latencies, latencies, (a, b) => {
        const sum = Sketch.from(JSON.parse(JSON.stringify(sketchOf(a).toData())));
        sum.add(sketchOf(b).toData());
        const { sum: total, ...whole } = sketchOf([...a, ...b]).toData();
        expect(sum.toData()).toMatchObject(whole);
        expect(sum.sum).toBeCloseTo(total, 3);
      }),
    );
  });

  it("is empty at first, and stays so when nothing is added", () => {
    const sketch = new Sketch();
    sketch.add(new Sketch().toData());
    expect([sketch.count, sketch.quantile(0.5), sketch.countUpTo(1)]).toEqual([0, null, 0]);
  });

  it("takes what is below zero for zero, and nothing that is no number", () => {
    const sketch = sketchOf([-5, 0, Number.NaN, Infinity]);
    expect([sketch.count, sketch.quantile(1), sketch.countUpTo(0)]).toEqual([2, 0, 2]);
  });

  it("counts what is below a bound, as histograms want it", () => {
    const sketch = sketchOf([0, 0.5, 1, 2, 2, 50]);
    expect([0.1, 1, 2.1, 1000].map((boundMs) => sketch.countUpTo(boundMs))).toEqual([1, 3, 5, 6]);
  });

  it("stays within its bins however wide the values are", () => {
    const sketch = sketchOf(Array.from({ length: 3000 }, (_, index) => 1e-6 * 1.02 ** index));
    expect(sketch.toData().counts.length).toBeLessThanOrEqual(1024);
    expect(sketch.count).toBe(3000);
  });

  it("leaves out a sketch of another accuracy", () => {
    const sketch = sketchOf([1]);
    sketch.add({ ...sketchOf([5]).toData(), accuracy: 0.05 });
    expect(sketch.count).toBe(1);
  });
});
