import type { CampaignDetail, CampaignSummary } from "#app/api/campaign-view.ts";
import type { Look } from "./state-words.ts";

export type UnitState = CampaignDetail["units"][number]["state"];

/** Those that need somebody first: the order of the table and of the bar. */
export const unitLooks: Readonly<Record<UnitState, Look>> = {
  failed: { icon: "cross", word: "failed", tone: "bad" },
  rolledBack: { icon: "cross", word: "rolled back", tone: "bad" },
  blocked: { icon: "alert", word: "blocked", tone: "warn" },
  marginal: { icon: "alert", word: "marginal", tone: "warn" },
  inconclusive: { icon: "question", word: "not enough evidence", tone: "warn" },
  untried: { icon: "question", word: "not tried", tone: "quiet" },
  passed: { icon: "check", word: "passed", tone: "good" },
  trying: { icon: "half", word: "being tried", tone: "moving" },
  rollingOut: { icon: "half", word: "rolling out", tone: "moving" },
  waiting: { icon: "circle", word: "waiting", tone: "quiet" },
  closed: { icon: "dash", word: "closed", tone: "quiet" },
  shipped: { icon: "check", word: "shipped", tone: "good" },
  notNeeded: { icon: "dash", word: "not needed", tone: "quiet" },
};

const states = Object.keys(unitLooks);

/** Before zero when `a` needs somebody more than `b`. */
export function byNeed(a: UnitState, b: UnitState): number {
  return states.indexOf(a) - states.indexOf(b);
}

export const campaignLooks: Readonly<Record<CampaignSummary["state"], Look>> = {
  running: { icon: "half", word: "running", tone: "moving" },
  stopped: { icon: "alert", word: "stopped", tone: "bad" },
  rollingBack: { icon: "half", word: "going back", tone: "warn" },
  rolledBack: { icon: "cross", word: "taken back", tone: "bad" },
  done: { icon: "check", word: "done", tone: "good" },
  superseded: { icon: "dash", word: "superseded", tone: "quiet" },
};
