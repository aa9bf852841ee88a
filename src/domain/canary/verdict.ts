import type { MetricKind } from "./judge-policy.ts";

/** How strong the evidence for harm is, against what it takes to fail. */
export type Evidence =
  | { readonly kind: "none" }
  /** Natural logarithms of an e-value and of what fails; anytime-valid. */
  | { readonly kind: "eValue"; readonly lnE: number; readonly lnThreshold: number }
  /** A p-value at one of the planned looks. */
  | { readonly kind: "pValue"; readonly p: number; readonly threshold: number; readonly look: number };

export interface MetricVerdict {
  readonly name: string;
  readonly label: string;
  readonly kind: MetricKind;
  readonly unit: string;
  readonly group: string;
  readonly critical: boolean;
  readonly verdict: "pass" | "fail" | "inconclusive";
  /** Level of each side: share of events, quantile or mean; null without data. */
  readonly baseline: number | null;
  readonly canary: number | null;
  /** Where the levels are quantiles: which, 0 to 1. */
  readonly quantile: number | null;
  /** canary / baseline - 1: 0.26 is "+26%". Null when it cannot be told. */
  readonly change: number | null;
  /** Of the change, at the metric's part of alpha; an end is null when open. */
  readonly interval: { readonly low: number | null; readonly high: number | null } | null;
  readonly tolerance: number;
  /** Whether the change is shown to be smaller than anyone would want to hear of. */
  readonly isShownHarmless: boolean;
  /** One sentence for people. */
  readonly reason: string;
  readonly evidence: Evidence;
  /** Requests, or periods for gauges, on the side with fewer. */
  readonly samples: number;
}

/** What a verdict still takes. */
export interface Missing {
  readonly requestsHave: number;
  readonly requestsNeeded: number;
  /** At the present traffic; null when there is none. */
  readonly aboutMs: number | null;
}

interface Judged {
  /** 0 to 100. */
  readonly score: number;
  /** One sentence for people. */
  readonly reason: string;
  /** Failing ones first, then by evidence. */
  readonly metrics: readonly MetricVerdict[];
}

/** `running` says what it is heading for: no failure so far, and what is missing. */
export type RunVerdict =
  | (Judged & { readonly phase: "running"; readonly missing: Missing })
  | (Judged & { readonly phase: "decided"; readonly verdict: "pass" | "marginal" | "fail" })
  | (Judged & { readonly phase: "decided"; readonly verdict: "inconclusive"; readonly missing: Missing });
