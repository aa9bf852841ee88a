import { codeSpan, escapeMarkdown } from "#adapters/github/markdown.ts";
import { assertNever } from "#domain/assert-never.ts";
import type { PullRequestFindings } from "#domain/pull-request/pull-request-findings.ts";
import type { RegionProgress } from "#domain/rollout/region-progress.ts";
import type { RolloutState } from "#domain/rollout/rollout-state.ts";
import { planSummary, verdictLine } from "./pull-request-check.ts";
import { clockTime, duration } from "./times.ts";

/** The comment of an open pull request; null where it should have none. */
export function findingsComment(findings: PullRequestFindings): string | null {
  switch (findings.kind) {
    case "unaffected":
      return null;
    case "invalid": {
      const first = findings.problems.find((problem) => problem.severity === "error");
      const place = first
        ? `\n>\n> ${codeSpan(`${first.file}:${first.line}:${first.column}`)} ${escapeMarkdown(first.fix ?? "")}`
        : "";
      return `> **🔴 ${escapeMarkdown(verdictLine(findings))}**${place}\n>\n> The check run has every problem at its line. Nothing rolls out from here.`;
    }
    case "valid": {
      const plan = planSummary(findings.scripts, findings.plannedAtMs, findings.warnings);
      return [
        `> **✅ ${escapeMarkdown(verdictLine(findings))}**`,
        "",
        "<details><summary>The plan, wave by wave</summary>",
        "",
        plan,
        "",
        "</details>",
      ].join("\n");
    }
    default:
      return assertNever(findings);
  }
}

/** One script's rollout, as the comment of a merged pull request shows it. */
export interface ShownRollout {
  readonly id: string;
  readonly script: string;
  readonly version: string;
  readonly commit: string;
  readonly startedAtMs: number;
  readonly promisedByMs: number;
  readonly completedAtMs: number | null;
  readonly state: RolloutState;
}

/** The comment after the merge: one block a script, the same comment as before, edited in place. */
export function rolloutComment(
  rollouts: readonly ShownRollout[],
  publicUrl: string | null,
  reverts: ReadonlyMap<string, number> = new Map(),
): string {
  const shown = rollouts
    .slice(0, 3)
    .map((rollout) => rolloutBlock(rollout, publicUrl, reverts.get(rollout.id) ?? null));
  if (rollouts.length > shown.length) shown.push(`> and ${rollouts.length - shown.length} more scripts`);
  return shown.join("\n\n");
}

function rolloutBlock(rollout: ShownRollout, publicUrl: string | null, revert: number | null): string {
  const bars = rollout.state.regions.map(
    (region) => `${codeSpan(region.region)} ${bar(region.fraction)} ${regionWords(region)}`,
  );
  const link = `[live view](${publicUrl}/?q=${encodeURIComponent(rollout.script)})`;
  const { phase } = rollout.state;
  const page =
    publicUrl === null || phase.kind !== "canarying"
      ? []
      : [`[its canary](${publicUrl}/canaries/${encodeURIComponent(phase.run)})`];
  const parts = publicUrl === null ? bars : [...bars, ...page, link];
  const first = `> **${headline(rollout)}**${revert === null ? "" : ` Revert: #${revert}`}`;
  return parts.length === 0 ? first : `${first}\n>\n> ${parts.join(" · ")}`;
}

/** The first line: readable as the subject of a mail. */
export function headline(rollout: ShownRollout): string {
  const { phase, waves, expectedByMs } = rollout.state;
  const name = `${codeSpan(`${rollout.script}@${rollout.version}`)} ${codeSpan(rollout.commit.slice(0, 7))}`;
  const promise = `by ${clockTime(rollout.promisedByMs, rollout.startedAtMs)}`;
  const onTime = expectedByMs <= rollout.promisedByMs ? "on time" : "late";
  switch (phase.kind) {
    case "refused":
      return `🔴 Not rolled out: ${name} · ${escapeMarkdown(phase.reason)}`;
    case "collecting":
      return `🧩 Waiting for ${phase.missing.map((script) => codeSpan(script)).join(", ")}: ${name} · change ${codeSpan(phase.change)}`;
    case "waitingForWindow": {
      const opens =
        phase.opensAtMs === null ? "never opens" : `opens ${clockTime(phase.opensAtMs, rollout.startedAtMs)}`;
      return `🕒 Waiting for a window: ${name} · wave ${phase.wave} of ${waves} · ${opens} · ${promise}`;
    }
    case "waitingForAlarm":
      return `🟠 Not started yet: ${name} · wave ${phase.wave} of ${waves} · ${escapeMarkdown(phase.reason)}`;
    case "frozen": {
      const until = phase.untilMs === null ? "" : ` until ${clockTime(phase.untilMs, rollout.startedAtMs)}`;
      return `🧊 Frozen${until}: ${name} · wave ${phase.wave} of ${waves} · ${codeSpan(phase.freeze)}: ${escapeMarkdown(phase.reason)}`;
    }
    case "paused":
      return `⏸️ Paused by ${escapeMarkdown(phase.by)}: ${name} · wave ${phase.wave} of ${waves} · ${escapeMarkdown(phase.reason)}`;
    case "withdrawing":
      return `⏳ Next: ${name} · what was on its way is taken back first`;
    case "canarying": {
      const until =
        phase.untilMs === null
          ? "waits for its turn"
          : `until ${clockTime(phase.untilMs, rollout.startedAtMs)} at the latest`;
      return `🟡 Canary before wave 1 of ${waves}: ${name} · ${until} · ${onTime}, ${promise}`;
    }
    case "provisioning":
    case "warming":
    case "shifting":
    case "baking":
      return `🚀 Rolling out ${name} · wave ${phase.wave} of ${waves} · ${onTime}, ${promise}`;
    case "held":
      return `🟠 Held: ${name} · wave ${phase.wave} of ${waves} · ${escapeMarkdown(phase.reason)}`;
    case "rollingBack":
      return `🔴 Rolling back ${name} · ${escapeMarkdown(phase.reason)}`;
    case "rolledBack":
      return rolledBackLine(rollout, name, phase);
    case "aborted":
      return `⏹️ Aborted by ${escapeMarkdown(phase.by)}: ${name} · ${escapeMarkdown(phase.reason)}`;
    case "completed":
      return completedLine(rollout, name, phase.unproven);
    case "superseded":
      return `⏭️ Superseded: ${name} · a newer merge, ${codeSpan(phase.by)}, took over`;
    default:
      return assertNever(phase);
  }
}

function completedLine(rollout: ShownRollout, name: string, unproven: boolean): string {
  const atMs = rollout.completedAtMs ?? rollout.state.expectedByMs;
  const earlyMs = rollout.promisedByMs - atMs;
  const against = earlyMs >= 0 ? `${duration(earlyMs)} early` : `${duration(-earlyMs)} late`;
  const count = rollout.state.regions.length;
  const proof = unproven ? ", unproven" : "";
  return `✅ Live in ${count} ${count === 1 ? "region" : "regions"} since ${clockTime(atMs, rollout.startedAtMs)} (${against}${proof}) · ${name}`;
}

function rolledBackLine(
  { startedAtMs, completedAtMs, state }: ShownRollout,
  name: string,
  { reason, to }: Extract<RolloutState["phase"], { kind: "rolledBack" }>,
): string {
  const begun = new Set(Object.keys(state.waveStartedAtMs ?? {}).map(Number));
  const touched = state.regions.filter((region) => begun.has(region.wave));
  const where = touched.length === 0 ? "" : ` in ${touched.map(({ region }) => codeSpan(region)).join(", ")}`;
  const at = completedAtMs === null ? "" : ` at ${clockTime(completedAtMs, startedAtMs)}`;
  const others =
    touched.length > 0 && touched.length < state.regions.length ? " Other regions were never touched." : "";
  const served = to === null ? " Nothing is served instead." : ` Back at ${codeSpan(to.slice(0, 7))}.`;
  const back = touched.length === 0 && to === null ? " No region was moved to it." : served;
  return `⏪ Rolled back ${name}${where}${at}: ${escapeMarkdown(reason.replace(/\.$/, ""))}.${others}${back}`;
}

function bar(fraction: number): string {
  const full = Math.max(0, Math.min(10, Math.floor(fraction * 10)));
  return "█".repeat(full) + "░".repeat(10 - full);
}

function regionWords(region: RegionProgress): string {
  const note = region.note === null ? "" : `: ${escapeMarkdown(region.note)}`;
  switch (region.state) {
    case "done":
      return "done";
    case "baking":
      return `baking${note}`;
    case "provisioning":
      return `${region.nodesAttested} of ${region.nodesTotal} nodes${note}`;
    case "waiting":
      return `waits${note}`;
    case "rollingBack":
      return "goes back";
    case "withdrawn":
      return "withdrawn";
    default:
      return assertNever(region.state);
  }
}
