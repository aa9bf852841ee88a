import jstat from "jstat";

/** Of the value, as a standard deviation. */
const SCALE = 1e-5;
/** Fills (0, 1) evenly, however many values are taken: the golden ratio's additive sequence. */
const STRIDE = (Math.sqrt(5) - 1) / 2;

/**
 * Equal values made a little different, since ranks of ties tell nothing: normal noise of a hundred-thousandth of the
 * value. Kayenta draws it at random; here it is the same each time.
 */
export function withNoise(values: readonly number[]): number[] {
  const deviation = (values[0] ?? 0) * SCALE;
  return values.map((value, at) => value + deviation * jstat.normal.inv((0.5 + STRIDE * (at + 1)) % 1, 0, 1));
}
