import jstat from "jstat";

const TABLE_SIZE = 1 << 16;
const table = makeTable();

/** Natural logarithm of n!, n a whole number. Looked up as far as 65,535, since tests of counts ask for it all the time. */
export function lnFactorial(n: number): number {
  return table[n] ?? jstat.gammaln(n + 1);
}

function makeTable(): Float64Array {
  const values = new Float64Array(TABLE_SIZE);
  for (let n = 2; n < TABLE_SIZE; n += 1) values[n] = (values[n - 1] ?? 0) + Math.log(n);
  return values;
}
