import jstat from "jstat";

/** How sure of the expected shares one is beforehand. */
const CONCENTRATION = 100;

/**
 * Natural logarithm of the e-value against "requests are split in these shares", a Dirichlet-multinomial over a
 * multinomial likelihood: anytime-valid evidence that the split is not what it should be. `prior` defaults to 100 times
 * the shares. Source: Lindon, Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022.
 */
export function lnSampleRatioE(
  counts: readonly number[],
  shares: readonly number[],
  prior: readonly number[] = shares.map((share) => CONCENTRATION * share),
): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const weight = prior.reduce((sum, part) => sum + part, 0);
  let lnE = jstat.gammaln(weight) - jstat.gammaln(weight + total);
  for (const [at, count] of counts.entries()) {
    const part = prior[at] ?? 0;
    lnE += jstat.gammaln(part + count) - jstat.gammaln(part) - count * Math.log(shares[at] ?? 0);
  }
  return lnE;
}
