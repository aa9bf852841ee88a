declare module "json-stringify-nice" {
  /** JSON with sorted keys, the preferred ones and scalars first, and a line break at the end. */
  function stringify(value: unknown, preferredKeys: readonly string[], indent: string | number): string;
  export default stringify;
}
