import type { OfflineResult, OfflineVerdict } from "#domain/canary/offline/offline-verdict.ts";
import { printable, type Paint } from "./paint.ts";

/** A verdict for people: one line for the whole, and one for each metric; ends with a line feed. */
export function formatVerdict(
  { score, classification, reason, results }: OfflineVerdict,
  paint: Paint,
): string {
  const colour = COLOURS[classification];
  const head = `${paint(colour, classification)} · ${score}/100${reason === null ? "" : ` · ${printable(reason)}`}`;
  const widest = Math.max(0, ...results.map(({ name }) => printable(name).length));
  return `${[head, ...results.map((result) => line(result, widest))].join("\n")}\n`;
}

const COLOURS = { Pass: "green", Marginal: "yellow", Fail: "red", Inconclusive: "yellow" } as const;

function line({ name, classification, critical, muted, reason }: OfflineResult, widest: number): string {
  const marks = [critical ? "critical" : "", muted ? "muted" : ""].filter((mark) => mark !== "").join(", ");
  const label = `${classification}${marks === "" ? "" : ` (${marks})`}`;
  return `  ${printable(name).padEnd(widest)}  ${label}${reason === null ? "" : `  ${printable(reason)}`}`;
}
