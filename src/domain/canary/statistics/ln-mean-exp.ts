/** ln of the mean of exp(values), without overflow. -Infinity for no values. */
export function lnMeanExp(values: ArrayLike<number>): number {
  let greatest = -Infinity;
  for (let at = 0; at < values.length; at += 1) greatest = Math.max(greatest, values[at] ?? -Infinity);
  if (greatest === -Infinity) return -Infinity;
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += Math.exp((values[at] ?? -Infinity) - greatest);
  return greatest + Math.log(sum / values.length);
}
