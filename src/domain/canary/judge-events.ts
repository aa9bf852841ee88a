import { changeInterval, type ChangeInterval } from "./change-interval.ts";
import { OddsEvidence } from "./evidence/odds-evidence.ts";
import { facing, factorOf, harmfulDirections, type HarmfulDirection } from "./harm.ts";
import type { MetricPolicy } from "./judge-policy.ts";
import type { MetricFinding } from "./metric-finding.ts";
import type { EventCount, Sides } from "./observations.ts";

/** From a third more to twenty times as many; between them little power is lost. */
export const EVENT_GRID = [1.3, 1.7, 2.5, 4, 8, 20] as const;

/** Compares shares of requests, such as errors; may be looked at any time. `alpha` is this metric's part. */
export function judgeEvents(
  policy: MetricPolicy,
  periods: readonly Sides<EventCount>[],
  alpha: number,
): MetricFinding {
  const totals = {
    canary: sumOf(periods.map(({ canary }) => canary)),
    baseline: sumOf(periods.map(({ baseline }) => baseline)),
  };
  const [baseline, canary] = [shareOf(totals.baseline), shareOf(totals.canary)];
  const directions = harmfulDirections(policy.harm);
  const level = alpha / directions.length;
  const lnE = (tolerated: number, direction: HarmfulDirection): number =>
    lnEventsE(periods, tolerated, direction);
  const strongest = Math.max(
    ...directions.map((direction) => lnE(factorOf(policy.tolerance, direction), direction)),
  );
  const lnThreshold = -Math.log(level);
  return {
    samples: Math.min(totals.canary.of, totals.baseline.of),
    baseline,
    canary,
    quantile: null,
    change: baseline === null || canary === null || baseline === 0 ? null : canary / baseline - 1,
    interval: inShares(
      changeInterval((factor, direction) => lnE(factor, direction) >= lnThreshold),
      baseline ?? 0,
    ),
    isHarm: strongest >= lnThreshold,
    evidence: { kind: "eValue", lnE: strongest, lnThreshold },
  };
}

function lnEventsE(
  periods: readonly Sides<EventCount>[],
  tolerated: number,
  direction: HarmfulDirection,
): number {
  const evidence = new OddsEvidence(EVENT_GRID, tolerated);
  for (const sides of periods) {
    const { canary, baseline } = facing(sides, direction);
    evidence.add({
      all: canary.of + baseline.of,
      ofCanary: canary.of,
      marked: canary.events + baseline.events,
      markedOfCanary: canary.events,
    });
  }
  return evidence.lnE;
}

function sumOf(counts: readonly EventCount[]): EventCount {
  return counts.reduce((sum, { events, of }) => ({ events: sum.events + events, of: sum.of + of }), {
    events: 0,
    of: 0,
  });
}

function shareOf({ events, of }: EventCount): number | null {
  return of === 0 ? null : events / of;
}

/** From odds, which the test is about, to shares, which people read; they part only where the baseline's share is large. */
function inShares({ low, high }: ChangeInterval, baseline: number): ChangeInterval {
  const toShare = (change: number | null): number | null =>
    change === null ? null : (1 + change) / (1 + baseline * change) - 1;
  return { low: toShare(low), high: toShare(high) };
}
