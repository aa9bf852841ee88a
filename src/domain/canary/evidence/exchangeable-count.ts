import { lnFactorial } from "../statistics/ln-factorial.ts";

/** One period's requests of both sides together: which share of the marked ones was the canary's. */
export interface ExchangeableCount {
  /** Requests of both sides. */
  readonly all: number;
  /** Of these, the canary's. */
  readonly ofCanary: number;
  /** Marked requests (failed, or slow) of both sides. */
  readonly marked: number;
  /** Of these, the canary's. */
  readonly markedOfCanary: number;
}

/** A term this small beside the greatest changes no digit. */
const NEGLIGIBLE = 1e-17;

/**
 * Natural logarithm of the likelihood ratio of an odds ratio `exp(lnOdds)` against 1, given both margins:
 * x ln w - ln sum_k C(K,k) C(N-K,n-k) / C(N,n) w^k (Fisher's noncentral hypergeometric distribution). Its exponential
 * has mean 1 when the period's requests are exchangeable between the sides, however their level drifts between periods,
 * so that products over periods stay e-values at any time.
 */
export function lnOddsLikelihood(count: ExchangeableCount, lnOdds: number): number {
  if (lnOdds === 0) return 0;
  return count.markedOfCanary * lnOdds - lnTiltedSum(count, lnOdds);
}

/** ln sum_k P(k) w^k over the hypergeometric distribution of the canary's marked requests. */
function lnTiltedSum({ all, ofCanary, marked }: ExchangeableCount, lnOdds: number): number {
  const least = Math.max(0, marked - (all - ofCanary));
  const most = Math.min(marked, ofCanary);
  if (least === most) return least * lnOdds;
  const odds = Math.exp(lnOdds);
  const rest = all - marked - ofCanary;
  const start = Math.min(most, Math.max(least, modeOf(all, ofCanary, marked, odds)));
  let sum = 1;
  let term = 1;
  for (let k = start; k < most; k += 1) {
    term *= (odds * (marked - k) * (ofCanary - k)) / ((k + 1) * (rest + k + 1));
    sum += term;
    if (term < NEGLIGIBLE * sum) break;
  }
  term = 1;
  for (let k = start; k > least; k -= 1) {
    term *= (k * (rest + k)) / (odds * (marked - k + 1) * (ofCanary - k + 1));
    sum += term;
    if (term < NEGLIGIBLE * sum) break;
  }
  return lnProbability(all, ofCanary, marked, start) + start * lnOdds + Math.log(sum);
}

/** Where the tilted terms are greatest: the root of their ratio's quadratic. */
function modeOf(all: number, ofCanary: number, marked: number, odds: number): number {
  const b = -(all - marked - ofCanary) - (marked + ofCanary + 2) * odds;
  const c = (marked + 1) * (ofCanary + 1) * odds;
  return Math.floor((-2 * c) / (b - Math.sqrt(b * b - 4 * (odds - 1) * c)));
}

function lnProbability(all: number, ofCanary: number, marked: number, k: number): number {
  return lnChoose(marked, k) + lnChoose(all - marked, ofCanary - k) - lnChoose(all, ofCanary);
}

function lnChoose(n: number, k: number): number {
  return lnFactorial(n) - lnFactorial(k) - lnFactorial(n - k);
}
