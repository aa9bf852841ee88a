import { campaignPolicy, type CampaignPolicy } from "#domain/campaign/campaign-policy.ts";
import type { CampaignState } from "#domain/campaign/campaign-state.ts";
import { type CampaignUnit, unitKey } from "#domain/campaign/campaign-unit.ts";
import { refusedUpgrade } from "#domain/campaign/held-upgrade.ts";
import { judgePull, type PullJudgement } from "#domain/campaign/judge-pull.ts";
import type { RollbackCandidate, ShippedRevision } from "#domain/campaign/plan-campaign-rollback.ts";
import { type MergedWork, unitStanding } from "#domain/campaign/unit-standing.ts";
import type { RolloutRecord } from "#adapters/store/rollouts.ts";
import type { PullRequestFindings } from "#domain/pull-request/pull-request-findings.ts";
import type { Campaign } from "#schemas/types.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { campaignScope, policiesOf, type ScopedRepository } from "./campaign-scope.ts";

type ReadContext = Pick<ReconcilerContext, "records" | "clock" | "campaigns">;

/** A unit with everything that is known of it now. */
export interface UnitView extends RollbackCandidate {
  /** null when the campaign does not mean it any more. */
  readonly scoped: ScopedRepository | null;
  readonly judgement: PullJudgement;
  readonly isDue: boolean;
}

export interface CampaignView {
  readonly campaign: Campaign;
  readonly policy: CampaignPolicy;
  /** null before its first look. */
  readonly state: CampaignState | null;
  readonly scope: ReadonlyMap<number, ScopedRepository>;
  readonly units: readonly UnitView[];
}

const RUNS_LOOKED_AT = 20;
const LITTLE_KNOWN: PullJudgement = { kind: "checking" };

/** How a campaign stands, from what is on record; asks nobody else. */
export async function readCampaign(context: ReadContext, campaign: Campaign): Promise<CampaignView> {
  const { records } = context;
  const nodes = await records.listNodes();
  const scope = campaignScope(campaign, {
    repositories: await records.listRepositories(),
    scripts: await records.listScripts(),
    reports: nodes.flatMap(({ report }) => report ?? []),
  });
  const units: UnitView[] = [];
  for (const { unit, isDue } of await context.campaigns.records.listUnits(campaign.name)) {
    units.push(await viewOf(context, campaign, scope.get(unit.repositoryId) ?? null, unit, isDue));
  }
  return {
    campaign,
    policy: campaignPolicy(campaign),
    state: await context.campaigns.records.findState(campaign.name),
    scope,
    units,
  };
}

/** One unit as it stands. */
export async function viewOf(
  { records, clock }: ReadContext,
  { library, to }: Pick<Campaign, "library" | "to">,
  scoped: ScopedRepository | null,
  unit: CampaignUnit,
  isDue: boolean,
): Promise<UnitView> {
  const { repositoryId, pull } = unit;
  let judgement = LITTLE_KNOWN;
  let work: MergedWork = { rollouts: [], expected: 0 };
  let shipped: ShippedRevision[] = [];
  if (pull?.state === "open") {
    const isCanaried = unit.base === (scoped?.repository.defaultBranch ?? unit.base);
    const runs = await records.listCanaryRunsOfPullRequest(
      { repositoryId, pull: pull.number },
      RUNS_LOOKED_AT,
    );
    judgement = isCanaried
      ? judgePull((await records.findPullRequest(repositoryId, pull.number))?.findings ?? null, runs)
      : { kind: "untried", reason: `only the default branch is tried, and this is for ${unit.base}` };
  }
  if (pull?.state === "merged") {
    const rollouts = await records.listRolloutsOfPullRequest(repositoryId, pull.number);
    const findings = (await records.findPullRequest(repositoryId, pull.number))?.findings ?? null;
    work = { rollouts: rollouts.map(({ state }) => state.phase), expected: rolloutsOf(findings) };
    shipped = rollouts.map(shippedBy);
  }
  const refusal = refusedUpgrade(policiesOf(scoped), { library, version: to });
  return {
    unit,
    isDue,
    scoped,
    judgement,
    shipped,
    key: unitKey(unit),
    owner: scoped?.owner ?? "",
    depth: scoped?.depth ?? 0,
    perMinute: scoped?.perMinute ?? null,
    openedAtMs: pull?.openedAtMs ?? null,
    standing: unitStanding(unit, judgement, work, refusal, clock.now()),
  };
}

function shippedBy({ script, version, digest, commit, state }: RolloutRecord): ShippedRevision {
  const { phase, previous = null } = state;
  return { script, version, revision: { digest, commit }, before: previous, phase: phase.kind };
}

function rolloutsOf(findings: PullRequestFindings | null): number {
  if (findings?.kind !== "valid") return 0;
  return findings.scripts.filter(({ change }) => change.kind === "rollout").length;
}
