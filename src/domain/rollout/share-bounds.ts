/** Half-widths in standard errors. Looked at every few seconds, so that chance must not reach it in hundreds of looks. */
export const zFailing = 3;
export const zUnclear = 2.5;

/** Bounds of a share that was seen as `hits` of `count`. Source: E. B. Wilson, JASA 22 (1927), 209-212. */
export function shareBounds(
  hits: number,
  count: number,
  z: number,
): { readonly lower: number; readonly upper: number } {
  if (count === 0) return { lower: 0, upper: 1 };
  const share = hits / count;
  const zz = (z * z) / count;
  const centre = share + zz / 2;
  const half = z * Math.sqrt((share * (1 - share)) / count + zz / (4 * count));
  return { lower: (centre - half) / (1 + zz), upper: (centre + half) / (1 + zz) };
}
