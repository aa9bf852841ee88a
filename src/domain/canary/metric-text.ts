import type { ChangeInterval } from "./change-interval.ts";
import type { MetricVerdict } from "./verdict.ts";

/** "+26%", "-4.5%", "no change": two digits are what people read. */
export function changeText(change: number): string {
  const percent = Number((change * 100).toPrecision(Math.abs(change) >= 1 ? 3 : 2));
  if (percent === 0) return "0%";
  return `${percent > 0 ? "+" : "−"}${Math.abs(percent)}%`;
}

/** "(+12% to +41%)", with an open end as "or more"; empty without an interval. */
export function intervalText(interval: ChangeInterval | null): string {
  if (interval === null || (interval.low === null && interval.high === null)) return "";
  if (interval.low === null) return ` (${changeText(interval.high ?? 0)} or less)`;
  if (interval.high === null) return ` (${changeText(interval.low)} or more)`;
  return ` (${changeText(interval.low)} to ${changeText(interval.high)})`;
}

/** "; up to 5% worse was fine"; empty when nothing is. */
export function toleranceText(tolerance: number): string {
  return tolerance === 0 ? "" : `; up to ${Number((tolerance * 100).toPrecision(2))}% worse was fine`;
}

/** "2.1%" of a share of requests. */
export function shareText(share: number): string {
  return `${Number((share * 100).toPrecision(2))}%`;
}

/** Three digits and the unit. */
export function valueText(value: number, unit: string): string {
  return `${Number(value.toPrecision(3))}${unit === "" ? "" : ` ${unit}`}`;
}

/** A level as people read it: a share of requests, or a value with its unit; a dash without data. */
export function levelText(
  { kind, unit, name }: Pick<MetricVerdict, "kind" | "unit" | "name">,
  level: number | null,
): string {
  if (level === null) return "–";
  if (name === "crashes") return String(level);
  return kind === "events" ? shareText(level) : valueText(level, unit);
}

/** " p95" after the name of a metric that is shown by a quantile, else nothing. */
export function quantileText({ kind, quantile }: Pick<MetricVerdict, "kind" | "quantile">): string {
  return kind === "distribution" && quantile !== null ? ` p${Math.round(quantile * 100)}` : "";
}
