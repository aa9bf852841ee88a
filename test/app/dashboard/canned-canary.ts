import { type CanaryView, canaryView } from "#app/api/canary-view.ts";
import { judgePolicyOf } from "#domain/canary/judge-policy-of.ts";
import { judgeRun } from "#domain/canary/judge-run.ts";
import type { Measurement } from "#domain/canary/measurement.ts";
import { observePeriods } from "#domain/canary/observe-periods.ts";
import { type RunLook, withLook } from "#domain/canary/run-look.ts";
import type { Run, RunCourse, Serving } from "#domain/canary/run.ts";
import type { RunVerdict } from "#domain/canary/verdict.ts";
import { countedWindow } from "../../domain/canary/counted-window.ts";
import { policy, runOf, startMs } from "../../domain/canary/canary-fleet.ts";
import { RandomStream } from "../../domain/canary/random-stream.ts";
import { revision } from "../../domain/rollout/rollout-fleet.ts";

const windowMs = 2_000;
const windows = 26;
const nodes = ["eu-west-1-1", "eu-west-1-2", "us-east-1-1", "us-east-1-2"];

/** How many times the baseline's a canary's values are, and what it keeps a window, MiB. */
export interface CannedHarm {
  readonly latency: number;
  readonly leakMb: number;
}

/** A run of a minute as the judge saw it, window by window, with everything that its page shows. */
export function cannedCanary(harm: CannedHarm): CanaryView {
  const course: RunCourse = {
    baseline: revision("a"),
    regions: ["eu-west-1", "us-east-1"],
    sharePct: 40,
    windowMs,
    startedAtMs: startMs,
    expiresAtMs: startMs + 60_000,
  };
  const serving: Serving = { sinceMs: startMs + windowMs, nodes, crashes: [] };
  const run = runOf("artwork@4-1f0c9e2-k3", "b", { policy: { ...policy, minRequests: 100 } });
  const measurements = measured(harm, serving.sinceMs);
  const judged = judgedRun(run, course, serving, measurements);
  return canaryView({
    run: judged,
    measurements,
    repositoryUrl: "http://127.0.0.1:4401/acme/artwork",
    nowMs: startMs + 60_000,
  });
}

function judgedRun(run: Run, course: RunCourse, serving: Serving, measurements: readonly Measurement[]): Run {
  let looks: RunLook[] = [];
  let verdict: RunVerdict | null = null;
  let nowMs = serving.sinceMs;
  while (verdict?.phase !== "decided") {
    nowMs += windowMs;
    const untilMs = Math.min(nowMs, course.expiresAtMs);
    const periods = observePeriods({ ...serving, untilMs, windowMs }, measurements, new Map());
    verdict = judgeRun({ policy: judgePolicyOf(run.policy, course, serving, {}), periods, nowMs: untilMs });
    looks = withLook(looks, verdict, periods.length, nowMs);
  }
  return {
    ...run,
    phase: { kind: "ended", end: { kind: "judged" }, endedAtMs: nowMs, course, serving, verdict, looks },
  };
}

function measured({ latency, leakMb }: CannedHarm, sinceMs: number): Measurement[] {
  const random = new RandomStream(12);
  const found: Measurement[] = [];
  for (let window = 0; window < windows; window += 1) {
    for (const node of nodes) {
      const level = Math.exp(0.1 * random.normal());
      for (const role of ["canary", "baseline"] as const) {
        const isCanary = role === "canary";
        found.push({
          role,
          node,
          region: node.slice(0, -2),
          startMs: sinceMs + window * windowMs,
          counts: countedWindow(random, {
            requests: 8 + random.binomial(8, 0.5),
            errors: 0.01,
            latencyMs: 12 * (isCanary ? latency : 1),
            cpuMs: 0.4 * level * (isCanary ? Math.sqrt(latency) : 1),
            heapMb: 14 + (isCanary ? leakMb * window : 0),
          }),
        });
      }
    }
  }
  return found;
}
