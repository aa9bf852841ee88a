/**
 * Values without outliers: those below the lesser of the 1st percentile and Q1 - factor IQR, and above the greater of
 * the 99th percentile and Q3 + factor IQR. Percentiles are of type 7, linear between values.
 */
export function withoutOutliers(values: readonly number[], factor: number): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  const [first, third] = [percentile(sorted, 0.25), percentile(sorted, 0.75)];
  const reach = factor * (third - first);
  const least = Math.min(percentile(sorted, 0.01), first - reach);
  const most = Math.max(percentile(sorted, 0.99), third + reach);
  return values.filter((value) => value >= least && value <= most);
}

/** `share` of 0 to 1; NaN for no values. */
function percentile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? NaN;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (place - Math.floor(place)) * (above - below);
}
