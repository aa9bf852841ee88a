/** The part of jstat that is used; the package has no types of its own. */
declare module "jstat" {
  const jstat: {
    readonly gammaln: (x: number) => number;
    readonly betaln: (a: number, b: number) => number;
    readonly ibeta: (x: number, a: number, b: number) => number | false;
    readonly normal: { readonly inv: (p: number, mean: number, sd: number) => number };
    readonly studentt: {
      readonly cdf: (t: number, df: number) => number;
      readonly inv: (p: number, df: number) => number;
    };
  };
  export default jstat;
}
