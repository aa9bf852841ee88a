import { campaignCounts, fieldOf } from "#domain/campaign/campaign-counts.ts";
import { progressLine, standingWords } from "#app/presentation/campaign-words.ts";
import type { CampaignStanding } from "#app/campaign/campaign-desk.ts";
import type { UnitView } from "#app/campaign/read-campaign.ts";
import type { RollbackItem, RollbackPlan } from "#domain/campaign/plan-campaign-rollback.ts";
import type { Campaign } from "#schemas/types.ts";

const time = (ms: number): string => new Date(ms).toISOString();

/** A campaign in one line of a list. */
export function campaignSummary({ campaign, state, units, rollback, problem }: CampaignStanding) {
  const counts = campaignCounts(units.map(({ standing }) => standing));
  const { name, owner, library, to, advisory, stopped, supersededBy, shipScore = 90, description } = campaign;
  return {
    name,
    library,
    to,
    owner,
    description: description ?? null,
    advisory: advisory ?? null,
    state: stateOf(campaign, units, rollback),
    /** Why it has nothing to go by and opens nothing; null when it has. */
    problem,
    stopped: stopped ?? null,
    supersededBy: supersededBy ?? null,
    rollback: rollback && {
      /** What still goes back. */
      left: rollback.items.length + rollback.coming + rollback.underWay,
      back: rollback.back,
      stays: rollback.left.map((one) => ({ ...rollbackItem(one), why: one.why })),
    },
    progress: progressLine(counts),
    counts,
    shipScore,
    shipping: state?.ship?.items.length ?? 0,
    startedAt: state === null ? null : time(state.startedAtMs),
    issue: state?.issue ?? null,
  };
}

function stateOf(
  { stopped, supersededBy }: Campaign,
  units: readonly UnitView[],
  rollback: RollbackPlan | null,
): "running" | "stopped" | "rollingBack" | "rolledBack" | "superseded" | "done" {
  if (rollback !== null) {
    const left = rollback.items.length + rollback.coming + rollback.underWay;
    return left > 0 ? "rollingBack" : "rolledBack";
  }
  if (supersededBy !== undefined) return "superseded";
  if (stopped !== undefined) return "stopped";
  return units.length > 0 && units.every(({ standing }) => isOver(standing.kind)) ? "done" : "running";
}

/** A script that the campaign shipped. */
export function rollbackItem({ unit, shipped: { script, version, revision, before } }: RollbackItem) {
  return {
    repository: unit.repository,
    pullRequest: unit.pull?.number ?? null,
    script: `${script}@${version}`,
    from: revision.commit,
    to: before?.commit ?? null,
  };
}

/** The same with every unit. */
export function campaignDetail(view: CampaignStanding) {
  return {
    ...campaignSummary(view),
    history: (view.state?.history ?? []).map(({ atMs, left }) => ({ at: time(atMs), left })),
    units: view.units.map(unitDetail),
  };
}

function unitDetail({ unit, standing, scoped, perMinute, owner }: UnitView) {
  const { repository, base, pull, judged, look } = unit;
  return {
    repository,
    base,
    owner,
    scripts: (scoped?.scripts ?? []).map(({ name, version }) => `${name}@${version}`),
    state: fieldOf(standing),
    stateText: standingWords(standing),
    score: judged?.score ?? null,
    verdict: judged?.verdict ?? null,
    failing: judged?.failing ?? null,
    requestsPerMinute: perMinute === null ? null : Math.round(perMinute * 10) / 10,
    pullRequest: pull === null ? null : { number: pull.number, url: pull.url, state: pull.state },
    /** Whether its owners were reminded that it waits for them. */
    reminded: pull?.chase === "reminded",
    version: pull?.version ?? null,
    uses: look?.uses ?? [],
    imports: look?.imports ?? [],
  };
}

function isOver(kind: UnitView["standing"]["kind"]): boolean {
  return ["notNeeded", "closed", "shipped", "rolledBack"].includes(kind);
}

export type CampaignDetail = ReturnType<typeof campaignDetail>;
export type CampaignSummary = ReturnType<typeof campaignSummary>;

export interface CampaignList {
  readonly campaigns: readonly CampaignSummary[];
}
