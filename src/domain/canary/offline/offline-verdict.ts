/** What `showrunner judge` prints for one input, in either mode. */
export interface OfflineVerdict {
  /** 0 to 100. */
  readonly score: number;
  readonly classification: "Pass" | "Marginal" | "Fail" | "Inconclusive";
  readonly reason: string | null;
  readonly results: readonly OfflineResult[];
}

export interface OfflineResult {
  readonly name: string;
  readonly classification: string;
  /** Whether it fails the canary whatever the score. */
  readonly critical: boolean;
  readonly reason: string | null;
  /**
   * Of the difference canary - baseline: in units of the values in Kayenta mode, as a part of the baseline in Showrunner
   * mode (0.1 is +10%). Null where nothing was compared.
   */
  readonly ciLower: number | null;
  readonly ciUpper: number | null;
  readonly estimate: number | null;
  /** Null where it cannot be told. */
  readonly effectSize: number | null;
  readonly groups: readonly string[];
  /** A muted metric is shown and does not count. */
  readonly muted: boolean;
}
