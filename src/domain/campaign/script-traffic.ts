import type { NodeReport } from "#schemas/types.ts";

const MINUTE_MS = 60_000;

/** Requests a minute of each `<name>@<version>`, as nodes count them since their instances came up; all regions together. */
export function scriptTraffic(reports: readonly NodeReport[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const { instances, reportedAt } of reports) {
    for (const { script, version, requests, since } of instances) {
      const minutes = Math.max(1, (Date.parse(reportedAt) - Date.parse(since)) / MINUTE_MS);
      const key = `${script}@${version}`;
      found.set(key, (found.get(key) ?? 0) + requests / minutes);
    }
  }
  return found;
}
