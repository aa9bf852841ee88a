import { printable, type Paint } from "./paint.ts";
import type { RolloutView } from "./read-rollouts.ts";

const BAR = 10;

/** A rollout as `watch` shows it: the whole in one line, then a line a region. */
export function rolloutLines(rollout: RolloutView, paint: Paint): string[] {
  const { script, version, commit, wave, waves, percent, promisedBy, expectedBy, phase } = rollout;
  const head = `${script}@${version}  ${commit.slice(0, 7)} → wave ${wave}/${waves}  ${Math.floor(percent)}%`;
  const times =
    rollout.completedAt === null
      ? `promised ${clock(promisedBy)} · expected ${clock(expectedBy)}`
      : `promised ${clock(promisedBy)} · ended ${clock(rollout.completedAt)}`;
  const names = Math.max(0, ...rollout.regions.map(({ region }) => region.length));
  const states = Math.max(0, ...rollout.regions.map(({ state }) => stateWord(state).length));
  const regions = rollout.regions.map(({ region, state, fraction, nodesAttested, nodesTotal, note }) => {
    const style = styleOf(state);
    const words = stateWord(state).padEnd(states);
    const parts = [
      `  ${region.padEnd(names)}`,
      paint(style, bar(fraction)),
      paint(style, words),
      `${nodesAttested}/${nodesTotal} nodes`,
      ...(note === null ? [] : [printable(note)]),
    ];
    return parts.join("  ").trimEnd();
  });
  return [
    `${paint("bold", printable(head))}   ${times}`,
    ...regions,
    paint(phaseStyle(phase), `  ${printable(rollout.phaseText)}`),
  ];
}

/** Hours and minutes in UTC, as everywhere else. */
export function clock(at: string): string {
  return `${at.slice(11, 16)} UTC`;
}

function bar(fraction: number): string {
  const full = Math.max(0, Math.min(BAR, Math.floor(fraction * BAR)));
  return "█".repeat(full) + "░".repeat(BAR - full);
}

function stateWord(state: string): string {
  switch (state) {
    case "waiting":
      return "waits";
    case "rollingBack":
      return "goes back";
    default:
      return printable(state);
  }
}

function styleOf(state: string): Parameters<Paint>[0] {
  if (state === "done") return "green";
  if (state === "rollingBack" || state === "failed") return "red";
  return state === "waiting" || state === "withdrawn" ? "dim" : "blue";
}

function phaseStyle(phase: string): Parameters<Paint>[0] {
  if (phase === "completed") return "green";
  if (phase === "rollingBack" || phase === "rolledBack" || phase === "refused") return "red";
  return phase === "paused" || phase === "held" || phase === "frozen" ? "yellow" : "dim";
}
