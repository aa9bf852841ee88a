import { assertNever } from "../assert-never.ts";
import type { UnitStanding } from "./unit-standing.ts";

/** How many units stand how. `passed` and the like are open; what was merged counts below `shipped` and its neighbours. */
export interface CampaignCounts {
  readonly units: number;
  readonly notNeeded: number;
  readonly waiting: number;
  readonly trying: number;
  readonly passed: number;
  readonly marginal: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly untried: number;
  readonly blocked: number;
  readonly closed: number;
  readonly rollingOut: number;
  readonly shipped: number;
  readonly rolledBack: number;
}

export function campaignCounts(standings: readonly UnitStanding[]): CampaignCounts {
  const counts = {
    units: standings.length,
    notNeeded: 0,
    waiting: 0,
    trying: 0,
    passed: 0,
    marginal: 0,
    failed: 0,
    inconclusive: 0,
    untried: 0,
    blocked: 0,
    closed: 0,
    rollingOut: 0,
    shipped: 0,
    rolledBack: 0,
  };
  for (const standing of standings) counts[fieldOf(standing)] += 1;
  return counts;
}

/** Those that still have a way to go. */
export function unitsLeft(counts: CampaignCounts): number {
  const { units, notNeeded, closed, shipped, rolledBack } = counts;
  return units - notNeeded - closed - shipped - rolledBack;
}

const verdictFields = {
  pass: "passed",
  marginal: "marginal",
  fail: "failed",
  inconclusive: "inconclusive",
} as const;

/** The word under which a unit is counted. */
export function fieldOf(standing: UnitStanding): Exclude<keyof CampaignCounts, "units"> {
  switch (standing.kind) {
    case "unseen":
    case "waiting":
      return "waiting";
    case "checking":
    case "trying":
      return "trying";
    case "judged":
      return verdictFields[standing.judged.verdict];
    case "notNeeded":
    case "untried":
    case "blocked":
    case "closed":
    case "rollingOut":
    case "shipped":
    case "rolledBack":
      return standing.kind;
    default:
      return assertNever(standing);
  }
}
