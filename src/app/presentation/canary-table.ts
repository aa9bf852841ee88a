import { escapeMarkdown } from "#adapters/github/markdown.ts";
import { assertNever } from "#domain/assert-never.ts";
import { changeText, intervalText, levelText, quantileText } from "#domain/canary/metric-text.ts";
import type { MetricVerdict } from "#domain/canary/verdict.ts";

/** One row a metric: baseline, canary, change with its interval, and what it was held against. */
export function canaryTable(metrics: readonly MetricVerdict[]): string {
  const rows = metrics.map((metric) => {
    const { baseline, canary } = metric;
    const cells = [
      metricName(metric),
      levelText(metric, baseline),
      levelText(metric, canary),
      changeCell(metric),
      verdictWords(metric),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return ["| metric | baseline | canary | change | |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

/** The same with a sentence each, for whoever wants to know why. */
export function canaryReasons(metrics: readonly MetricVerdict[]): string {
  return metrics.map((metric) => `- **${metricName(metric)}**: ${reasonWords(metric)}`).join("\n");
}

function metricName(metric: MetricVerdict): string {
  return `${escapeMarkdown(metric.label)}${quantileText(metric)}`;
}

function changeCell({ change, interval, verdict }: MetricVerdict): string {
  if (change === null) return "–";
  const text = `${changeText(change)}${intervalText(interval)}`;
  return verdict === "fail" ? `**${text}**` : text;
}

function reasonWords({ verdict, reason }: MetricVerdict): string {
  const text = escapeMarkdown(reason);
  switch (verdict) {
    case "pass":
      return `✅ ${text}`;
    case "fail":
      return `🔴 worse: ${text}`;
    case "inconclusive":
      return `⚪ unknown: ${text}`;
    default:
      return assertNever(verdict);
  }
}

function verdictWords({ verdict, tolerance, critical, name }: MetricVerdict): string {
  const limit = `${Math.round(tolerance * 100)}%`;
  switch (verdict) {
    case "pass":
      return `✅ no harm beyond ${limit} seen`;
    case "fail":
      if (name === "crashes") return "🔴 fail";
      return critical ? `🔴 over ${limit}` : `🟠 over ${limit}`;
    case "inconclusive":
      return "⚪ unknown";
    default:
      return assertNever(verdict);
  }
}
