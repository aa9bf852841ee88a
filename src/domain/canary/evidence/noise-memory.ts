/** How long noise stays: autocorrelations by lag, tapered to nothing where the history tells none from zero. */
export interface NoiseMemory {
  /** At lag k + 1. */
  readonly correlations: readonly number[];
  /** The last lag that stands out; 0 for white noise. */
  readonly lagMax: number;
  /** Length of the history that it was taken from. */
  readonly length: number;
}

/** Six hours of minutes; from less, one learns less than from taking the worst. */
const HISTORY_MIN = 360;
const LAGS_MAX = 150;
/** So many quiet lags in a row end the search. */
const QUIET_LAGS = 5;
const STANDS_OUT = 1.5;

/**
 * Reads from a history of differences how much of their noise stays from one period to the next: any stationary noise,
 * not only AR(1). Null when the history is too short. Source of the bandwidth: Politis, White, "Automatic block-length
 * selection for the dependent bootstrap", Econometric Reviews 2004, with the flat-top taper of Politis, Romano 1995.
 */
export function noiseMemory(history: readonly number[]): NoiseMemory | null {
  const { length } = history;
  if (length < HISTORY_MIN) return null;
  const measured = autocorrelations(history, Math.min(LAGS_MAX, Math.floor(length / 5)));
  const lagMax = lastThatStandsOut(measured, STANDS_OUT * Math.sqrt(Math.log10(length) / length));
  const bandwidth = Math.max(1, 2 * lagMax);
  const correlations = measured
    .slice(0, bandwidth)
    .map((correlation, at) => correlation * flatTop((at + 1) / bandwidth));
  return { correlations, lagMax, length };
}

/**
 * How many times more the mean of n values varies than with white noise, plus one standard error of this estimate:
 * 1 + 2 sum (1 - k/n) rho_k. At least 1.
 */
export function varianceInflation({ correlations, lagMax, length }: NoiseMemory, n: number): number {
  let inflation = 1;
  for (const [at, correlation] of correlations.entries()) {
    if (at + 1 < n) inflation += 2 * (1 - (at + 1) / n) * correlation;
  }
  const standardError = Math.sqrt(((8 / 3) * Math.max(1, lagMax)) / length);
  return Math.max(1, inflation) * (1 + standardError);
}

/** Of the variance that n such values show: as if they were fewer, n / (1 + 2 sum rho^2), but independent. */
export function varianceFreedom({ correlations }: NoiseMemory, n: number): number {
  const squares = correlations.reduce((sum, correlation) => sum + correlation ** 2, 0);
  return n / (1 + 2 * squares) - 1;
}

function autocorrelations(values: readonly number[], lags: number): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = Float64Array.from(values, (value) => value - mean);
  const variance = centred.reduce((sum, value) => sum + value * value, 0);
  return Array.from({ length: lags }, (_, at) => {
    let products = 0;
    for (let later = at + 1; later < centred.length; later += 1) {
      products += (centred[later] ?? 0) * (centred[later - at - 1] ?? 0);
    }
    return variance === 0 ? 0 : products / variance;
  });
}

/** The first lag after which five in a row are quiet. */
function lastThatStandsOut(correlations: readonly number[], threshold: number): number {
  let quiet = 0;
  for (const [at, correlation] of correlations.entries()) {
    quiet = Math.abs(correlation) < threshold ? quiet + 1 : 0;
    if (quiet === QUIET_LAGS) return at + 1 - QUIET_LAGS;
  }
  return correlations.length - QUIET_LAGS;
}

function flatTop(share: number): number {
  if (share <= 0.5) return 1;
  return share >= 1 ? 0 : 2 * (1 - share);
}
