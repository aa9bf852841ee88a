/** From values to places in a drawing, and which values are written at its axis. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

const ticksWanted = 3;

/** A linear scale from nothing to at least `max`, from the place `from` to the place `to`. */
export function linearScale(max: number, from: number, to: number): Scale {
  const top = max > 0 ? max : 1;
  const step = niceStep(top / ticksWanted);
  const end = Math.ceil(top / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, index) => index * step);
  return { at: (value) => from + (Math.min(value, end) / end) * (to - from), ticks };
}

/** A scale of ratios from `min` to `max`, both above nothing; powers of ten and their halves are written. */
export function ratioScale(min: number, max: number, from: number, to: number): Scale {
  const width = Math.log(max / min) || 1;
  const at = (value: number): number => from + (Math.log(value / min) / width) * (to - from);
  const powers = Array.from(
    { length: Math.ceil(Math.log10(max)) - Math.floor(Math.log10(min)) + 1 },
    (_, index) => 10 ** (Math.floor(Math.log10(min)) + index),
  );
  const fine = powers.flatMap((power) => [power, 2 * power, 5 * power]);
  const inside = (values: readonly number[]) => values.filter((value) => value >= min && value <= max);
  return { at, ticks: inside(powers).length >= ticksWanted ? inside(powers) : inside(fine) };
}

/** 1, 2 or 5 times a power of ten, at least `step`. */
function niceStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((one) => one * power >= step - 1e-12) ?? 10;
  return factor * power;
}
