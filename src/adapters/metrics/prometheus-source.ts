import type { MetricRange, MetricSource } from "#domain/ports.ts";

const timeoutMs = 5_000;
/** Prometheus itself refuses more points than that. */
const pointsMax = 11_000;

/** Reads series from a Prometheus server by its HTTP API. Source: prometheus.io/docs/prometheus/latest/querying/api. */
export function createPrometheusSource(url: string): MetricSource {
  return {
    async range(query, range) {
      const answer = await ask(url, query, range);
      return answer === null ? null : seriesIn(answer);
    },
  };
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

/** The values of the one series of the answer by time, epoch milliseconds; null when it has none or several. */
function seriesIn(answer: unknown): Map<number, number> | null {
  const result = field(field(answer, "data"), "result");
  if (!Array.isArray(result) || result.length !== 1) return null;
  const values = field(result[0], "values");
  if (!Array.isArray(values)) return null;
  const found = new Map<number, number>();
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
