const SLOPE_PCT_MAX = 1;
const SETTLED_AFTER_MINUTES = 2;
/** A shorter run settles for this share of itself, and its slope says less. */
const SETTLED_AFTER_SHARE = 0.2;

/** One look at the memory of all processes of the node. */
export interface MemorySample {
  readonly atMs: number;
  readonly bytes: number;
}

/** How the requests ended. */
export interface Tally {
  readonly requests: number;
  /** Answered with what the script gives. */
  readonly answered: number;
  /** Answered with an error, by the platform's code or the status. */
  readonly errors: Readonly<Record<string, number>>;
  /** Closed after a part of the answer had come, as the worker was killed. */
  readonly cutOff: number;
  /** Closed or silent without such an excuse; none may be. */
  readonly unanswered: readonly string[];
}

export interface SoakVerdict {
  readonly ok: boolean;
  readonly minutes: number;
  readonly perMinute: readonly { readonly minute: number; readonly memoryMb: number }[];
  /** Growth of memory a minute once the node is warm, percent of its mean. */
  readonly memorySlopePct: number;
  readonly swaps: number;
  readonly kills: number;
  readonly crashes: number;
  readonly tally: Tally;
  /** What the node reported of scripts and workers, each once. */
  readonly problems: readonly string[];
  /** What did not hold. */
  readonly failures: readonly string[];
}

/** Least squares over the samples that come after the node is warm, percent of their mean a minute. */
export function memorySlopePct(samples: readonly MemorySample[], minutes: number): number {
  const settledMs = Math.min(SETTLED_AFTER_MINUTES, minutes * SETTLED_AFTER_SHARE) * 60_000;
  const points = samples.filter(({ atMs }) => atMs >= settledMs);
  if (points.length < 2) return 0;
  const meanMinute = mean(points.map(({ atMs }) => atMs / 60_000));
  const meanBytes = mean(points.map(({ bytes }) => bytes));
  const spread = points.reduce((sum, { atMs }) => sum + (atMs / 60_000 - meanMinute) ** 2, 0);
  const together = points.reduce(
    (sum, { atMs, bytes }) => sum + (atMs / 60_000 - meanMinute) * (bytes - meanBytes),
    0,
  );
  return spread === 0 || meanBytes === 0 ? 0 : (together / spread / meanBytes) * 100;
}

/** Median of each whole or begun minute, MiB. */
export function memoryPerMinute(samples: readonly MemorySample[]): { minute: number; memoryMb: number }[] {
  const byMinute = Map.groupBy(samples, ({ atMs }) => Math.floor(atMs / 60_000) + 1);
  return [...byMinute].map(([minute, all]) => {
    const sorted = all.map(({ bytes }) => bytes).toSorted((a, b) => a - b);
    return { minute, memoryMb: Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) / 2 ** 20) };
  });
}

/** What of the promise did not hold; empty when all of it did. */
export function findFailures(slopePct: number, tally: Tally, isAgentUp: boolean): string[] {
  const failures: string[] = [];
  if (!isAgentUp) failures.push("the agent ended");
  if (slopePct >= SLOPE_PCT_MAX)
    failures.push(`memory grows by ${slopePct.toFixed(2)}% a minute, not under ${SLOPE_PCT_MAX}%`);
  if (tally.answered === 0) failures.push("no request was answered well");
  if (tally.unanswered.length > 0) failures.push(`${tally.unanswered.length} requests had no answer`);
  return failures;
}

export function formatVerdict(verdict: SoakVerdict): string {
  const { tally, perMinute, failures } = verdict;
  const errors = Object.entries(tally.errors).map(([kind, count]) => `${kind} ${count}`);
  return [
    `memory by minute, MB: ${perMinute.map(({ memoryMb }) => memoryMb).join(" ")} (${verdict.memorySlopePct.toFixed(2)}% a minute)`,
    `${tally.requests} requests: ${tally.answered} answered, ${tally.cutOff} cut off, ${tally.unanswered.length} unanswered`,
    `errors: ${errors.length === 0 ? "none" : errors.join(", ")}`,
    `${verdict.swaps} swaps, ${verdict.kills} workers killed, ${verdict.crashes} crashes provoked`,
    ...verdict.problems,
    ...tally.unanswered.slice(0, 5),
    failures.length === 0 ? "soak ok" : `soak failed: ${failures.join("; ")}`,
    "",
  ].join("\n");
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
