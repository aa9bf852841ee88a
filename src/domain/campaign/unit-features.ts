import type { CampaignUnit } from "./campaign-unit.ts";

/** What may explain a unit's verdict: versions it came from, shapes of ranges, what it imports, how it is laid out. */
export function unitFeatures(
  { look, judged }: CampaignUnit,
  labels: Readonly<Record<string, string>>,
): string[] {
  const uses = look?.uses ?? [];
  const found = [
    ...uses.flatMap(({ from }) => (from === null ? [] : [`from ${from}`])),
    ...uses.flatMap(({ declared }) => (declared === null ? [] : [`range ${operatorOf(declared)}`])),
    ...uses.map(({ kind }) => `used as ${kind}`),
    ...(uses.length > 1 ? ["several package.json files"] : []),
    ...(look?.imports ?? []).map((name) => `imports ${name}`),
    ...Object.entries(labels).map(([key, value]) => `label ${key}=${value}`),
    ...(judged?.verdict === "fail" && judged.failing !== null ? [`fails in ${judged.failing}`] : []),
  ];
  return [...new Set(found)];
}

function operatorOf(declared: string): string {
  const operator = /^[\^~]/.exec(declared.trim())?.[0];
  if (operator !== undefined) return operator;
  return /^[=v]?\d+\.\d+\.\d+/.test(declared.trim()) ? "exact" : "of another shape";
}
