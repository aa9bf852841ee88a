/** What is known of one judged unit, in words that may explain its verdict, such as "from 1.2.3". */
export interface JudgedUnit {
  readonly failed: boolean;
  readonly features: readonly string[];
}

/** What the failures have in common and the others have not. */
export interface FailurePattern {
  readonly feature: string;
  /** Failures with the feature, and all failures. */
  readonly failed: number;
  readonly failedAll: number;
  /** Passes with the feature, and all passes. */
  readonly passed: number;
  readonly passedAll: number;
}

const FAILURES_MIN = 2;
const SHARE_MIN = 0.5;
const DIFFERENCE_MIN = 0.3;

/**
 * The feature that tells failures from passes best, by the difference of the shares that have it; null when none does.
 * A feature of half of the failures that is as common among the passes explains nothing.
 */
export function failurePattern(units: readonly JudgedUnit[]): FailurePattern | null {
  const failures = units.filter(({ failed }) => failed);
  const passes = units.filter(({ failed }) => !failed);
  if (failures.length < FAILURES_MIN) return null;
  const features = new Set(failures.flatMap((unit) => unit.features));
  const found = [...features].map((feature) => {
    const failed = countOf(failures, feature);
    const passed = countOf(passes, feature);
    const failedShare = failed / failures.length;
    const difference = failedShare - (passes.length === 0 ? 0 : passed / passes.length);
    const pattern = { feature, failed, failedAll: failures.length, passed, passedAll: passes.length };
    return { pattern, failedShare, difference };
  });
  const [best] = found
    .filter(({ failedShare, difference }) => failedShare >= SHARE_MIN && difference >= DIFFERENCE_MIN)
    .toSorted((a, b) => b.difference - a.difference || (a.pattern.feature < b.pattern.feature ? -1 : 1));
  return best?.pattern ?? null;
}

/** "5 of 6 that fail: imports resize; of the 4 that pass: 0". */
export function patternText({ feature, failed, failedAll, passed, passedAll }: FailurePattern): string {
  const among = passedAll === 0 ? "none has passed" : `of the ${passedAll} that pass ${passed}`;
  return `${failed} of the ${failedAll} that fail: ${feature}; ${among}`;
}

function countOf(units: readonly JudgedUnit[], feature: string): number {
  return units.filter(({ features }) => features.includes(feature)).length;
}
