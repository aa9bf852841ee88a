import type { MetricPolicy } from "#schemas/types.ts";

/** What a manifest says about trying a candidate, with every default filled in. */
export interface CanaryPolicy {
  /** Share of the requests that the candidate answers, percent; the baseline gets as much. */
  readonly sharePct: number;
  /** What keeps one client on one side; null shares out each request by chance. */
  readonly stickyBy: string | null;
  /** null means those of the first wave. */
  readonly regions: readonly string[] | null;
  readonly maxDurationMs: number;
  /** Whether a rollout's first wave begins with one: `untried` means unless the same bytes passed one already. */
  readonly atRollout: "untried" | "always" | "never";
  /** Requests that each side must have answered before a run can pass. */
  readonly minRequests: number;
  /** null means the built-in ones. */
  readonly metrics: readonly MetricPolicy[] | null;
  /** Scores from 0 to 100. */
  readonly thresholds: { readonly pass: number; readonly marginal: number };
}
