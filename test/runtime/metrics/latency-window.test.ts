import { describe, expect, it } from "@jest/globals";
import { LatencyWindow } from "#runtime/metrics/latency-window.ts";

describe("a latency window", () => {
  it("has no percentile before the first answer", () => {
    expect(new LatencyWindow().p95Ms(0)).toBeNull();
  });

  it("gives the latency that 95% of the answers were within", () => {
    const window = new LatencyWindow();
    for (let latencyMs = 100; latencyMs >= 1; latencyMs -= 1) window.record(latencyMs, 0);
    expect(window.p95Ms(0)).toBe(95);
  });

  it("forgets what is older than a minute, and what is more than it can hold", () => {
    const window = new LatencyWindow();
    window.record(900, 0);
    window.record(5, 30_000);
    expect(window.p95Ms(60_001)).toBe(5);
    for (let answer = 0; answer < 5000; answer += 1) window.record(7, 30_000);
    expect(window.p95Ms(30_000)).toBe(7);
  });
});
