import { campaignCounts, fieldOf } from "#domain/campaign/campaign-counts.ts";
import { progressLine, standingWords } from "#app/presentation/campaign-words.ts";
import type { CampaignView, UnitView } from "#app/campaign/read-campaign.ts";
import type { Campaign } from "#schemas/types.ts";

const time = (ms: number): string => new Date(ms).toISOString();

/** A campaign in one line of a list. */
export function campaignSummary({ campaign, state, units }: CampaignView) {
  const counts = campaignCounts(units.map(({ standing }) => standing));
  const { name, owner, library, to, advisory, stopped, supersededBy, shipScore = 90, description } = campaign;
  const isDone = units.length > 0 && units.every(({ standing }) => isOver(standing.kind));
  return {
    name,
    library,
    to,
    owner,
    description: description ?? null,
    advisory: advisory ?? null,
    state: stateOf(campaign, isDone),
    stopped: stopped ?? null,
    supersededBy: supersededBy ?? null,
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
  isDone: boolean,
): "stopped" | "superseded" | "done" | "running" {
  if (supersededBy !== undefined) return "superseded";
  return stopped !== undefined ? "stopped" : isDone ? "done" : "running";
}

/** The same with every unit. */
export function campaignDetail(view: CampaignView) {
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
