export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A line through all places; it breaks where there is none. */
export function linePath(places: readonly (Place | null)[]): string {
  let path = "";
  let isDown = false;
  for (const place of places) {
    if (place === null) {
      isDown = false;
      continue;
    }
    path += `${isDown ? "L" : "M"}${rounded(place.x)} ${rounded(place.y)}`;
    isDown = true;
  }
  return path;
}

/** The area between an upper and a lower line of equal length. */
export function bandPath(upper: readonly Place[], lower: readonly Place[]): string {
  if (upper.length === 0) return "";
  return `${linePath([...upper, ...lower.toReversed()])}Z`;
}

/** Steps of equal or other widths as an area on a base line: `bounds` has one more than `heights`. */
export function stepsPath(bounds: readonly number[], heights: readonly number[], base: number): string {
  const tops = heights.flatMap((y, at): Place[] => [
    { x: bounds[at] ?? 0, y },
    { x: bounds[at + 1] ?? 0, y },
  ]);
  const [first, last] = [tops[0], tops.at(-1)];
  if (first === undefined || last === undefined) return "";
  return linePath([{ x: first.x, y: base }, ...tops, { x: last.x, y: base }]);
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
