import { lnSampleRatioE } from "../canary/evidence/sample-ratio.ts";
import { shareText } from "../canary/metric-text.ts";
import type { ExperimentPolicy } from "./experiment-policy.ts";
import type { ExperimentPeriod } from "./experiment-period.ts";

/** Probability that a right split is ever called wrong. */
const ALPHA = 0.001;
/** Requests of one sticky caller come together, so a small lean is no news: a tenth of the expected share is. */
const LEAN_MIN = 0.1;

/**
 * Why the cells cannot be compared: their requests are not shared out as they should be, so what reached them is not the
 * same kind of traffic. Null when they can. May be asked at any time.
 */
export function shareAlarm(
  { cells }: Pick<ExperimentPolicy, "cells">,
  periods: readonly Pick<ExperimentPeriod, "requests">[],
): string | null {
  const counts = cells.map(({ name }) =>
    periods.reduce((sum, { requests }) => sum + (requests.get(name) ?? 0), 0),
  );
  const all = counts.reduce((sum, count) => sum + count, 0);
  const given = cells.reduce((sum, { sharePct }) => sum + sharePct, 0);
  if (all === 0 || given === 0 || cells.length < 2) return null;
  const shares = cells.map(({ sharePct }) => sharePct / given);
  if (lnSampleRatioE(counts, shares) < -Math.log(ALPHA)) return null;
  const leans = cells
    .map(({ name }, at) => {
      const [expected, found] = [shares[at] ?? 0, (counts[at] ?? 0) / all];
      return { name, expected, found, lean: Math.abs(found - expected) / expected };
    })
    .toSorted((a, b) => b.lean - a.lean);
  const [worst] = leans;
  if (worst === undefined || worst.lean < LEAN_MIN) return null;
  return `${worst.name} got ${shareText(worst.found)} of the requests instead of ${shareText(worst.expected)}, so the cells cannot be compared.`;
}
