/** As precise as R's wilcox.test and Kayenta are, in units of the values. */
const TOLERANCE = 1e-4;
const STEPS_MAX = 1001;

/** A point where the function was evaluated. */
interface Point {
  readonly x: number;
  readonly f: number;
}

/**
 * Where a function crosses zero between two points, by Brent's method (R. Brent, "Algorithms for Minimization without
 * Derivatives", 1973, chapter 4): inverse quadratic or linear interpolation, kept in bounds by bisection. The function
 * may be a staircase; the order of the steps decides where on a flat stair one ends, so it is the textbook's.
 */
export function brentRoot(low: Point, high: Point, evaluate: (x: number) => number): number {
  if (low.f === 0) return low.x;
  if (high.f === 0) return high.x;
  let previous = low;
  let best = high;
  // The zero lies between `best` and `opposite`.
  let opposite = low;
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const lastMove = best.x - previous.x;
    if (Math.abs(opposite.f) < Math.abs(best.f)) {
      previous = best;
      best = opposite;
      opposite = previous;
    }
    const tolerance = 2 * Number.EPSILON * Math.abs(best.x) + TOLERANCE / 2;
    const half = (opposite.x - best.x) / 2;
    if (Math.abs(half) <= tolerance || best.f === 0) return best.x;
    const isWorthTrying = Math.abs(lastMove) >= tolerance && Math.abs(previous.f) > Math.abs(best.f);
    const move = isWorthTrying ? interpolated(previous, best, opposite, lastMove, tolerance, half) : half;
    const x = best.x + (Math.abs(move) < tolerance ? (move > 0 ? tolerance : -tolerance) : move);
    previous = best;
    best = { x, f: evaluate(x) };
    if ((best.f > 0 && opposite.f > 0) || (best.f < 0 && opposite.f < 0)) opposite = previous;
  }
  return best.x;
}

/** The interpolated move, or `half` where that would leave the bounds or hardly move. */
function interpolated(
  previous: Point,
  best: Point,
  opposite: Point,
  lastMove: number,
  tolerance: number,
  half: number,
): number {
  const width = opposite.x - best.x;
  const toPrevious = best.f / previous.f;
  let numerator = width * toPrevious;
  let denominator = 1 - toPrevious;
  if (previous.x !== opposite.x) {
    const ratio = previous.f / opposite.f;
    const toOpposite = best.f / opposite.f;
    numerator =
      toPrevious * (width * ratio * (ratio - toOpposite) - (best.x - previous.x) * (toOpposite - 1));
    denominator = (ratio - 1) * (toOpposite - 1) * (toPrevious - 1);
  }
  if (numerator > 0) denominator = -denominator;
  else numerator = -numerator;
  const isInBounds = numerator < 0.75 * width * denominator - Math.abs(tolerance * denominator) / 2;
  return isInBounds && numerator < Math.abs((lastMove * denominator) / 2) ? numerator / denominator : half;
}
