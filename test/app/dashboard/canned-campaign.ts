import type { RollbackAnswer, ShipAnswer } from "#app/api/campaign-answers.ts";
import { type CampaignDetail, campaignDetail } from "#app/api/campaign-view.ts";
import type { UnitView } from "#app/campaign/read-campaign.ts";
import { campaignPolicy } from "#domain/campaign/campaign-policy.ts";
import type { CampaignUnit, UnitJudged } from "#domain/campaign/campaign-unit.ts";
import type { UnitStanding } from "#domain/campaign/unit-standing.ts";
import type { Campaign } from "#schemas/types.ts";

const startedAtMs = Date.parse("2026-03-02T09:00:00Z");
const minuteMs = 60_000;

function unit(id: number, standing: UnitStanding, perMinute: number | null): UnitView {
  const isOpened = standing.kind !== "waiting" && standing.kind !== "notNeeded";
  const facts: CampaignUnit = {
    repositoryId: id,
    repository: `acme/script-${String(id).padStart(2, "0")}`,
    base: "main",
    look: null,
    pull: isOpened
      ? {
          number: 10 + id,
          url: `http://127.0.0.1:4401/acme/script-${id}/pull/${10 + id}`,
          headSha: "a",
          version: "1.1.1",
          state: standing.kind === "shipped" ? "merged" : "open",
          openedAtMs: startedAtMs,
          endedAtMs: null,
          evidence: null,
          ...(standing.kind === "blocked" && { chase: "reminded" }),
        }
      : null,
    judged: standing.kind === "judged" ? standing.judged : null,
  };
  return {
    unit: facts,
    standing,
    perMinute,
    scoped: null,
    judgement: { kind: "checking" },
    shipped: [],
    isDue: false,
    key: `${id} main`,
    owner: "team-art",
    depth: 0,
    openedAtMs: isOpened ? startedAtMs : null,
  };
}

function judged(verdict: UnitJudged["verdict"], score: number | null, reason: string): UnitStanding {
  return {
    kind: "judged",
    judged: { verdict, score, reason, failing: null, isUnchanged: false, headSha: "a", atMs: startedAtMs },
  };
}

/** A campaign that stopped itself: every state is there, in no order. */
export function cannedCampaign(changes: Partial<Campaign> = {}): CampaignDetail {
  const campaign: Campaign = {
    kind: "Campaign",
    name: "artwork-rules-1-1-1",
    owner: "@acme/platform",
    description: "Ranks by mood",
    library: "@acme/artwork-rules",
    to: "1.1.1",
    ...changes,
  };
  const standings: readonly (readonly [UnitStanding, number | null])[] = [
    [{ kind: "waiting" }, 900],
    [judged("pass", 100, "No evidence of harm in any metric."), 12],
    [judged("fail", 12, "errors: 4.1% of requests failed, 0.2% before"), 3],
    [{ kind: "notNeeded", why: "it does not use the library" }, null],
    [judged("pass", 97, "No evidence of harm in any metric."), 40],
    [{ kind: "trying" }, 31],
    [{ kind: "blocked", reason: "somebody pushed to the branch, so it is left alone" }, 8],
    [{ kind: "shipped" }, 1],
    [{ kind: "untried", reason: "only the default branch is tried, and this is for versions/3" }, 4],
    [judged("fail", 0, "it does not start"), 2],
    [judged("marginal", 81, "CPU: +9%"), 5],
  ];
  return campaignDetail({
    campaign,
    policy: campaignPolicy(campaign),
    state: {
      startedAtMs,
      issue: 4,
      ship: null,
      history: [10, 9, 9, 8, 6].map((left, at) => ({ atMs: startedAtMs + at * 7 * minuteMs, left })),
    },
    rollback: null,
    problem: null,
    scope: new Map(),
    units: standings.map(([standing, perMinute], id) => unit(id, standing, perMinute)),
  });
}

/** Why a campaign stopped itself, as its file says it. */
export const stopped: NonNullable<Campaign["stopped"]> = {
  by: "showrunner",
  at: "2026-03-02T09:28:00Z",
  reason: "2 of 5 judged pull requests failed, and at most 20% may. All that failed import rank",
};

/** The same of one that a person takes back. */
export const taken: NonNullable<Campaign["stopped"]> = {
  by: "api/maya",
  at: "2026-03-02T10:02:00Z",
  reason: "logins break",
  rollback: true,
};

export const goingBack: Pick<CampaignDetail, "state" | "rollback"> = {
  state: "rollingBack",
  rollback: { left: 12, back: 3, stays: [] },
};

/** What the API says to an order to ship the canned campaign. */
export function cannedShipment(score: number): ShipAnswer {
  const ready = [
    { repository: "acme/script-01", pullRequest: 11, score: 100 },
    { repository: "acme/script-04", pullRequest: 14, score: 97 },
  ];
  return {
    campaign: "kit",
    dryRun: true,
    score,
    atOnce: 25,
    ships: ready.filter((one) => one.score >= score),
    left: [{ repository: "acme/script-10", pullRequest: 20, why: `it scores 81, below ${score}` }],
  };
}

/** And to take back what it shipped. */
export const cannedRollback: RollbackAnswer = {
  campaign: "kit",
  dryRun: true,
  change: "rollback",
  atOnce: 25,
  takesBack: [
    {
      repository: "acme/script-07",
      pullRequest: 17,
      script: "script-07@4",
      from: "1f0c9e2".padEnd(40, "0"),
      to: "9e2d1f0".padEnd(40, "0"),
    },
  ],
  coming: 0,
  left: [],
  open: 8,
};
