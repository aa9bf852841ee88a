import type { LabelledSeries } from "#domain/canary/scraped-series.ts";
import type { MetricRange, MetricSource } from "#domain/ports.ts";

const timeoutMs = 5_000;
/** Prometheus itself refuses more points than that. */
const pointsMax = 11_000;

/** Reads series from a Prometheus server by its HTTP API. Source: prometheus.io/docs/prometheus/latest/querying/api. */
export function createPrometheusSource(url: string): MetricSource {
  return {
    async range(query, range) {
      const series = await queryRange(url, query, range);
      const [only] = series ?? [];
      return only === undefined || series?.length !== 1 ? null : only.values;
    },
  };
}

/** All series of an answer; null when the server is silent, slow or refuses. */
export async function queryRange(
  url: string,
  query: string,
  range: MetricRange,
): Promise<LabelledSeries[] | null> {
  const answer = await ask(url, query, range);
  const result = answer === null ? null : field(field(answer, "data"), "result");
  if (!Array.isArray(result)) return null;
  return result.map((one: unknown) => ({ labels: labelsIn(one), values: valuesIn(one) }));
}

/** The answer's JSON; null when the server is silent, slow or refuses. */
async function ask(url: string, query: string, { startMs, endMs, stepMs }: MetricRange): Promise<unknown> {
  if ((endMs - startMs) / stepMs > pointsMax) return null;
  const target = new URL("api/v1/query_range", url.endsWith("/") ? url : `${url}/`);
  target.searchParams.set("query", query);
  target.searchParams.set("start", String(startMs / 1000));
  target.searchParams.set("end", String(endMs / 1000));
  target.searchParams.set("step", String(stepMs / 1000));
  try {
    const response = await fetch(target, { signal: AbortSignal.timeout(timeoutMs), redirect: "error" });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

function labelsIn(series: unknown): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(field(series, "metric") ?? {}))
    if (typeof value === "string") found[name] = value;
  return found;
}

/** By time, epoch milliseconds. */
function valuesIn(series: unknown): Map<number, number> {
  const found = new Map<number, number>();
  const values = field(series, "values");
  if (!Array.isArray(values)) return found;
  for (const pair of values) {
    if (!Array.isArray(pair)) continue;
    const [atS, text]: unknown[] = pair;
    const value = typeof text === "string" ? Number(text) : NaN;
    if (typeof atS === "number" && Number.isFinite(value)) found.set(Math.round(atS * 1000), value);
  }
  return found;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
