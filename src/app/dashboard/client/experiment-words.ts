import type { CellView, ExperimentSummary } from "#app/api/experiment-view.ts";
import type { MetricVerdict } from "#domain/canary/verdict.ts";
import type { Look } from "./state-words.ts";

const phaseLooks: Readonly<Record<ExperimentSummary["phase"], Look>> = {
  blocked: { icon: "alert", word: "held up", tone: "warn" },
  running: { icon: "half", word: "running", tone: "moving" },
  waiting: { icon: "circle", word: "not begun", tone: "quiet" },
  ended: { icon: "dash", word: "over", tone: "quiet" },
  removed: { icon: "dash", word: "removed", tone: "quiet" },
};

const endLooks: Readonly<Record<NonNullable<ExperimentSummary["outcome"]>, Look>> = {
  harmful: { icon: "cross", word: "harmful", tone: "bad" },
  invalid: { icon: "alert", word: "invalid", tone: "warn" },
  superseded: { icon: "alert", word: "overtaken", tone: "warn" },
  promoted: { icon: "check", word: "promoted", tone: "good" },
  stopped: { icon: "dash", word: "stopped", tone: "quiet" },
  date: phaseLooks.ended,
};

/** Where an experiment stands, in a word. */
export function experimentLook({ phase, outcome, winner }: ExperimentSummary): Look {
  const look = outcome === null ? phaseLooks[phase] : endLooks[outcome];
  const isToChoose = winner !== null && (phase === "running" || outcome === "date");
  return isToChoose ? { icon: "check", word: `${look.word}, ${winner} is better`, tone: "good" } : look;
}

const phases = Object.keys(phaseLooks);

/** Before zero when `a` needs somebody more than `b`. */
export function byNeed(a: ExperimentSummary, b: ExperimentSummary): number {
  return phases.indexOf(a.phase) - phases.indexOf(b.phase);
}

const outcomeLooks: Readonly<Record<NonNullable<CellView["outcome"]>, Look>> = {
  better: { icon: "check", word: "better than the control", tone: "good" },
  worse: { icon: "cross", word: "worse than the control", tone: "warn" },
  harmful: { icon: "cross", word: "a guardrail got worse", tone: "bad" },
  alike: { icon: "question", word: "not told apart", tone: "quiet" },
};

/** What a cell is against the control. */
export function cellLook({ isControl, outcome }: CellView): Look {
  if (isControl) return { icon: "dot", word: "the control", tone: "quiet" };
  return outcome === null ? { icon: "circle", word: "not judged yet", tone: "quiet" } : outcomeLooks[outcome];
}

/** What a cell's goal is against the control's; it is looked at both ways, so that "fail" means that it differs. */
export function goalLook({ verdict }: MetricVerdict, outcome: CellView["outcome"]): Look {
  if (verdict !== "fail") return { icon: "question", word: "not told apart", tone: "quiet" };
  if (outcome === "better") return { icon: "check", word: "better", tone: "good" };
  if (outcome === "worse") return { icon: "cross", word: "worse", tone: "warn" };
  return { icon: "notEqual", word: "differs", tone: "quiet" };
}
