import { describe, expect, it } from "@jest/globals";
import { noiseMemory, varianceFreedom, varianceInflation } from "#domain/canary/evidence/noise-memory.ts";
import { RandomStream } from "../random-stream.ts";

const DAY = 1440;

/** Mean over some histories of what the mean of 60 values varies more than with white noise. */
function inflationOf(history: (random: RandomStream) => readonly number[]): number {
  const inflations = Array.from({ length: 20 }, (_, seed) => {
    const memory = noiseMemory(history(new RandomStream(seed)));
    return memory === null ? NaN : varianceInflation(memory, 60);
  });
  return inflations.reduce((sum, value) => sum + value, 0) / inflations.length;
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}

describe("what noise remembers", () => {
  it.each<[string, number, (random: RandomStream) => readonly number[]]>([
    // 1 + 2 sum (1 - k/60) rho^k.
    ["white noise", 1, (random) => [...random.autoregressive(DAY, 0)]],
    ["half of it staying a minute", 2.93, (random) => [...random.autoregressive(DAY, 0.5)]],
    ["nine tenths of it staying", 16, (random) => [...random.autoregressive(DAY, 0.9)]],
    [
      "half of the variance staying, the rest white",
      8.5,
      (random) => [...random.autoregressive(DAY, 0.9)].map((value) => value + random.normal()),
    ],
  ])("is read from a day of %s", (_, expected, history) => {
    const inflation = inflationOf(history);
    expect(inflation).toBeGreaterThan(expected * 0.85);
    expect(inflation).toBeLessThan(expected * 1.5);
  });

  it("is unknown from less than six hours", () => {
    expect(noiseMemory(zeros(359))).toBeNull();
    expect(noiseMemory(zeros(360))).not.toBeNull();
  });

  it("takes values that stay together for fewer", () => {
    const white = noiseMemory([...new RandomStream(1).autoregressive(DAY, 0)]);
    const staying = noiseMemory([...new RandomStream(1).autoregressive(DAY, 0.9)]);
    if (white === null || staying === null) throw new Error("a day is enough");
    expect(varianceFreedom(white, 60)).toBeGreaterThan(50);
    expect(varianceFreedom(staying, 60)).toBeLessThan(12);
  });
});
