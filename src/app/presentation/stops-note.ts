import { codeSpan, escapeMarkdown } from "#adapters/github/markdown.ts";
import { freezesOver, isInForce } from "#domain/operations/stops-in-force.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { clockTime } from "./times.ts";

const linesMax = 4;

/**
 * What keeps the scripts of a pull request (`<script>@<version>`) from rolling out when it is merged now, as lines of
 * Markdown: holds, freezes and kills. Empty when nothing does.
 */
export function stopsNote(snapshot: FleetSnapshot, scripts: readonly string[], nowMs: number): string[] {
  const lines = new Set<string>();
  for (const script of scripts) {
    const name = script.split("@")[0] ?? script;
    const hold = snapshot.holds.get(script);
    if (hold?.mode === "pause")
      lines.add(
        `⏸️ **Paused:** ${codeSpan(script)} by ${escapeMarkdown(hold.by)}: ${escapeMarkdown(hold.reason)}. Merging rolls nothing out until \`/resume\`.`,
      );
    for (const { scope, by, reason, until } of freezesOver(snapshot, name, nowMs))
      lines.add(
        `🧊 **Frozen${endWords(until, nowMs)}:** ${codeSpan(scope)} by ${escapeMarkdown(by)}: ${escapeMarkdown(reason)}. What is merged waits.`,
      );
    for (const scope of [`script:${name}`, `script:${script}`]) {
      const kill = snapshot.kills.get(scope);
      if (kill && isInForce(kill, nowMs))
        lines.add(
          `⛔ **Stopped${endWords(kill.until, nowMs)}:** ${codeSpan(scope)} by ${escapeMarkdown(kill.by)}: ${escapeMarkdown(kill.reason)}. It answers no requests.`,
        );
    }
  }
  const shown = [...lines].slice(0, linesMax);
  return lines.size > shown.length ? [...shown, `and ${lines.size - shown.length} more`] : shown;
}

function endWords(until: string | undefined, nowMs: number): string {
  return until === undefined ? "" : ` until ${clockTime(Date.parse(until), nowMs)}`;
}
