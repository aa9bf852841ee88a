import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { type DetailedSample, healthSample, judgeHealth, rememberedSample } from "#domain/rollout/health.ts";
import { Sketch } from "#runtime/metrics/sketch.ts";

function sample(requests: number, errors: number, rest: Partial<DetailedSample> = {}): DetailedSample {
  const none = { latencyP95Ms: null, latencyRequests: 0, latencyByMinute: null, quarantinedOn: [] };
  return { requests, errors, ...none, ...rest };
}

const slow = (requests: number, latencyP95Ms: number) =>
  sample(requests, 0, { latencyP95Ms, latencyRequests: requests });

/** One node that answered so fast in each of the last minutes, oldest first. */
const lately = (...minutes: readonly number[][]): DetailedSample => {
  const digest = `sha256:${"b".repeat(64)}` as const;
  const views = minutes.map((latencies, index) => {
    const sketch = new Sketch();
    for (const ms of latencies) sketch.accept(ms);
    return {
      minutesAgo: minutes.length - 1 - index,
      requests: latencies.length,
      ...(latencies.length > 0 && { latencyMs: sketch.toData() }),
    };
  });
  const last = new Sketch();
  for (const ms of minutes.slice(-2).flat().slice(-48)) last.accept(ms);
  const requests = minutes.flat().length;
  const instance = {
    digest,
    state: "serving" as const,
    requests,
    errors: 0,
    latencyP95Ms: last.quantile(0.95),
    isQuarantined: false,
    recent: { requests, errors: 0, errorsByKind: {}, minutes: views },
    perSecond: null,
    error: null,
    isLate: false,
  };
  const node = { id: "eu-1", region: "eu-west-1", slot: 0, receivedAtMs: 0, instances: [instance] };
  return healthSample([node], digest);
};
const times = (count: number, ms: number): number[] => Array.from({ length: count }, () => ms);

describe("a revision's health", () => {
  it.each([
    ["no request at all", sample(0, 0), sample(1000, 1), "noData"],
    ["no errors", sample(50, 0), sample(1000, 1), "good"],
    ["every request failing", sample(20, 20), sample(1000, 1), "failing"],
    ["every one of a few requests failing", sample(6, 6), sample(1000, 1), "unclear"],
    ["one request in three failing", sample(20, 7), sample(1000, 1), "failing"],
    ["both failing alike", sample(200, 60), sample(1000, 310), "good"],
    ["a single error", sample(20, 1), sample(1000, 1), "good"],
    ["errors that chance could explain", sample(100, 4), sample(1000, 1), "unclear"],
    ["errors of a first release above the bound", sample(30, 10), null, "failing"],
    ["few errors of a first release", sample(300, 6), null, "good"],
    ["errors against a stable revision without data", sample(30, 10), sample(2, 0), "failing"],
    ["a tenfold latency", slow(200, 500), slow(1000, 50), "failing"],
    ["a tenfold latency of a handful", slow(5, 500), slow(10, 50), "good"],
    ["a latency a little higher", slow(2000, 60), slow(2000, 50), "good"],
    ["a latency of microseconds that doubled", slow(2000, 4), slow(2000, 1), "good"],
    ["a node that it harmed", sample(100, 0, { quarantinedOn: ["eu-1"] }), sample(100, 0), "failing"],
    [
      "a node that harms both",
      sample(100, 0, { quarantinedOn: ["eu-1"] }),
      sample(100, 0, { quarantinedOn: ["eu-2"] }),
      "good",
    ],
  ])("with %s", (_, candidate, baseline, expected) => {
    expect(judgeHealth(candidate, baseline).kind).toBe(expected);
  });

  describe("where nodes tell minutes apart", () => {
    const stable = { ...rememberedSample(lately(times(48, 8), times(48, 8), times(24, 8))), othersP95Ms: 10 };

    it("counts no more answers behind a minute's percentile than a minute had", () => {
      expect(lately(times(48, 8), times(48, 8), times(20, 8))).toMatchObject({
        requests: 116,
        latencyRequests: 48,
      });
    });

    it.each([
      ["as fast as ever", "good", lately(times(48, 8), times(48, 8), times(30, 8))],
      ["slow in every minute", "failing", lately(times(48, 100), times(48, 100), times(30, 100))],
      ["slow since a minute and a half", "failing", lately(times(48, 8), times(48, 100), times(30, 100))],
      ["stalled once", "unclear", lately(times(48, 8), times(48, 8), [...times(15, 8), ...times(15, 100)])],
      ["stalled once in its first minute", "unclear", lately([], [], [...times(15, 8), ...times(15, 100)])],
      ["stalled before that", "unclear", lately([...times(24, 100), ...times(24, 8)], times(48, 8))],
    ])("finds one that is %s to be %s", (_, expected, candidate) => {
      expect(judgeHealth(candidate, stable).kind).toBe(expected);
    });

    it("does not take a tail that the stable revision has too for slowness, whatever its last minute was like", () => {
      const withTail = [...times(19, 1), 60];
      const luckier = rememberedSample(lately([...withTail, ...withTail], withTail, times(20, 1)));
      const unluckier = lately([...withTail, 70], [...withTail, 80, 70], [...withTail, 70]);
      expect(judgeHealth(unluckier, luckier).kind).toBe("good");
    });

    it("does not take a busy machine's long tail for slowness in hundreds of looks, and finds what is slower", () => {
      let seed = 7;
      const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
      // As measured on a machine with three times as much to do as it has cores: median below 1 ms, 95% within 25 ms.
      const latency = () =>
        0.8 * Math.exp(2.1 * Math.sqrt(-2 * Math.log(random())) * Math.cos(6.283 * random()));
      const minute = (count: number, addMs = 0) => Array.from({ length: count }, () => latency() + addMs);
      const isFound = (addMs: number): boolean => {
        const before = rememberedSample(lately(minute(24), minute(24), minute(12)));
        const [first, second, third] = [minute(10, addMs), minute(24, addMs), minute(24, addMs)];
        for (let count = 1; count <= 24; count += 1) {
          const [early, late] = [second.slice(0, count), third.slice(0, count)];
          if (judgeHealth(lately(first, early), before).kind === "failing") return true;
          if (judgeHealth(lately(first, second, late), before).kind === "failing") return true;
        }
        return false;
      };
      const shareFound = (addMs: number) =>
        Array.from({ length: 100 }, () => isFound(addMs)).filter(Boolean).length;
      expect(shareFound(0)).toBe(0);
      expect(shareFound(200)).toBeGreaterThan(98);
    });

    it("compares the percentile alone with what an older node or store told", () => {
      const candidate = lately(times(48, 100), times(48, 100), times(30, 100));
      expect(judgeHealth(candidate, slow(48, 8)).kind).toBe("failing");
      expect(judgeHealth(slow(48, 100), stable).kind).toBe("failing");
    });

    it("blames a revision for no more than what other scripts did not slow down by", () => {
      const candidate = lately(times(48, 100), times(48, 100), times(30, 100));
      expect(judgeHealth({ ...candidate, othersP95Ms: 12 }, stable).kind).toBe("failing");
      expect(judgeHealth({ ...candidate, othersP95Ms: 2 }, stable).kind).toBe("failing");
      expect(judgeHealth({ ...candidate, othersP95Ms: 90 }, stable)).toEqual({
        kind: "unclear",
        evidence: expect.stringContaining("meanwhile other scripts take 9.0 times as long"),
      });
    });
  });

  it.each([
    [
      "errors of several kinds",
      sample(40, 12, { errorsByKind: { script_error: 3, memory_exceeded: 9 } }),
      "12 of 40 requests failed, 9 with memory_exceeded; of the stable revision's 0 of 100",
    ],
    [
      "errors of one kind",
      sample(40, 12, { errorsByKind: { script_error: 12 } }),
      "12 of 40 requests failed with script_error; of the stable",
    ],
    ["errors that nodes do not tell apart", sample(40, 12), "12 of 40 requests failed; of the stable"],
    [
      "harm",
      sample(40, 0, { quarantinedOn: ["eu-1"], errorsByKind: { cpu_exceeded: 3 } }),
      "it harmed eu-1, which refuses its requests for now; 3 failed with cpu_exceeded",
    ],
  ])("names %s", (_, candidate, evidence) => {
    expect(judgeHealth(candidate, sample(100, 0))).toMatchObject({
      kind: "failing",
      evidence: expect.stringContaining(evidence),
    });
  });

  it("does not get better by more errors", () => {
    const order = ["good", "unclear", "failing"];
    fc.assert(
      fc.property(fc.nat(2000), fc.nat(2000), fc.nat(2000), fc.nat(200), (requests, a, b, baseErrors) => {
        const [fewer, more] = [Math.min(a, b, requests), Math.min(Math.max(a, b), requests)];
        const baseline = sample(1000, baseErrors);
        const rank = (errors: number) => order.indexOf(judgeHealth(sample(requests, errors), baseline).kind);
        expect(rank(more)).toBeGreaterThanOrEqual(rank(fewer));
      }),
    );
  });

  it("does not take chance for harm in hundreds of looks at two equal revisions", () => {
    let seed = 1;
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    let failing = 0;
    for (let run = 0; run < 300; run += 1) {
      let [own, stable] = [sample(0, 0), sample(400, 8)];
      for (let look = 0; look < 100; look += 1) {
        const errors = [0, 0, 0, 0, 0].filter(() => random() < 0.02).length;
        own = sample(own.requests + 5, own.errors + errors);
        stable = sample(
          stable.requests + 5,
          stable.errors + [0, 0, 0, 0, 0].filter(() => random() < 0.02).length,
        );
        if (judgeHealth(own, stable).kind !== "failing") continue;
        failing += 1;
        break;
      }
    }
    expect(failing).toBeLessThanOrEqual(1);
  });
});
