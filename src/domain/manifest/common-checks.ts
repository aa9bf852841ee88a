import type { MetricPolicy } from "#schemas/types.ts";
import { parseWindow } from "../rollout/windows.ts";
import { formatDuration, parseDurationMs } from "./duration.ts";
import type { DocumentPath } from "./located-document.ts";
import type { AnyReadManifest } from "./read-manifest.ts";
import { nameOf } from "./schema-problems.ts";

const BUILT_IN_METRICS: ReadonlySet<string> = new Set([
  "errors",
  "latencyP50",
  "latencyP95",
  "latencyP99",
  "cpu",
  "memory",
  "coldStarts",
  "egressErrors",
]);

/** A duration that is there must lie in [minMs, maxMs]. */
export function checkDuration(
  read: AnyReadManifest,
  path: DocumentPath,
  text: string | undefined,
  minMs: number,
  maxMs: number,
): void {
  const ms = text === undefined ? null : parseDurationMs(text);
  if (ms === null || (ms >= minMs && ms <= maxMs)) return;
  const lowest = minMs === 0 ? "0s" : formatDuration(minMs);
  const message = `${nameOf(path)} must be between ${lowest} and ${formatDuration(maxMs)}.`;
  read.problems.error(read.document.at(path), "out-of-range", message);
}

export function checkDuplicates(read: AnyReadManifest, path: DocumentPath, entries: readonly string[]): void {
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    if (seen.has(entry)) {
      const message = `${nameOf(path)} names "${entry}" twice.`;
      read.problems.error(read.document.at([...path, index]), "duplicate-item", message);
    }
    seen.add(entry);
  }
}

export function checkWindows(read: AnyReadManifest, path: DocumentPath, windows: readonly string[]): void {
  for (const [index, text] of windows.entries()) {
    if (parseWindow(text) !== null) continue;
    const message = `"${text}" makes no sense as a window. Write it like "Mon-Thu 09:00-16:00"; a whole day is 00:00-24:00.`;
    read.problems.error(read.document.at([...path, index]), "bad-window", message);
  }
}

export function checkMetrics(
  read: AnyReadManifest,
  path: DocumentPath,
  metrics: readonly MetricPolicy[],
): void {
  for (const [index, metric] of metrics.entries()) checkMetric(read, [...path, index], metric);
  const seen = new Set<string>();
  for (const [index, { name }] of metrics.entries()) {
    if (seen.has(name)) {
      const message = `${nameOf(path)} names "${name}" twice.`;
      read.problems.error(read.document.at([...path, index, "name"]), "duplicate-item", message);
    }
    seen.add(name);
  }
}

export function checkMetric(read: AnyReadManifest, path: DocumentPath, metric: MetricPolicy): void {
  if (BUILT_IN_METRICS.has(metric.name) || metric.query !== undefined) return;
  const known = [...BUILT_IN_METRICS].join(", ");
  const message = `"${metric.name}" is not built in (${known}), so it needs a query.`;
  read.problems.error(read.document.at([...path, "name"]), "metric-query", message);
}
