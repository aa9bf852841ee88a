import { cpus, loadavg } from "node:os";

/** One measured number. With a peer, `value` is the median of the rounds' ratios ours/peer. */
export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly better: "higher" | "lower";
  /** Median over the rounds, in the unit that `measured` names in the text. */
  readonly ours?: number;
  readonly peer?: { readonly name: string; readonly version: string; readonly value: number };
}

export interface BenchReport {
  readonly suite: string;
  readonly rounds: number;
  readonly host: { readonly cores: number; readonly load1: number };
  readonly results: readonly BenchResult[];
}

/** What a suite needs besides its own servers. */
export interface SuiteOptions {
  readonly rounds: number;
  /** A peer that is measured only on demand, such as "renovate"; null for none. */
  readonly peer: string | null;
  /** Progress, for people. */
  readonly log: (text: string) => void;
}

export type Suite = (options: SuiteOptions) => Promise<readonly BenchResult[]>;

/** The machine as it is before a suite begins, so that `load1` is the others' load and not ours. */
export function describeHost(): BenchReport["host"] {
  return { cores: cpus().length, load1: rounded(loadavg()[0] ?? 0) };
}

/** Four significant digits: what lies behind them is noise. */
export function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error("no rounds, no median");
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Compares round by round, so that a slow spell of the machine falls on both sides. */
export function compare(
  name: string,
  better: BenchResult["better"],
  ours: readonly number[],
  peer: { readonly name: string; readonly version: string; readonly values: readonly number[] },
): BenchResult {
  const ratios = ours.map((value, round) => value / (peer.values[round] ?? Number.NaN));
  return {
    name,
    value: rounded(median(ratios)),
    unit: "ratio",
    better,
    ours: rounded(median(ours)),
    peer: { name: peer.name, version: peer.version, value: rounded(median(peer.values)) },
  };
}

/** A table for people. */
export function formatReport(report: BenchReport): string {
  const { suite, rounds, host } = report;
  const rows = report.results.map(({ name, value, unit, better, ours, peer }) => [
    name,
    `${value}${unit === "ratio" ? " x" : ` ${unit}`}`,
    `(${better} is better)`,
    peer === undefined ? "" : `ours ${ours ?? "?"}, ${peer.name} ${peer.version} ${peer.value}`,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const head = `${suite}: ${rounds} rounds, ${host.cores} cores, load ${host.load1} at the start`;
  return `${[head, ...lines].join("\n")}\n`;
}
