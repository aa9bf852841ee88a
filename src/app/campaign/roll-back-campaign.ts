import pLimit from "p-limit";
import { assertNever } from "#domain/assert-never.ts";
import type { TakenBack } from "#domain/campaign/campaign-unit.ts";
import {
  planCampaignRollback,
  type RollbackItem,
  type RollbackPlan,
} from "#domain/campaign/plan-campaign-rollback.ts";
import type { Operation } from "#domain/operations/operation.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ChangeOutcome } from "#app/operations/commit-on-newest.ts";
import { knownRollouts, performOperation } from "#app/operations/perform-operation.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { changeCampaign, unknownCampaign } from "./change-campaign.ts";
import { type CampaignView, readCampaign } from "./read-campaign.ts";

export interface RollbackRequest {
  /** null for why it is stopped. */
  readonly reason: string | null;
  readonly dryRun: boolean;
  readonly by: string;
}

export type RollbackOutcome =
  | { readonly kind: "done"; readonly plan: RollbackPlan; readonly view: CampaignView }
  | Exclude<ChangeOutcome, { readonly kind: "done" }>;

const OPERATIONS_AT_ONCE = 6;

/**
 * Orders everything back that a campaign shipped: its file says so, and that it is stopped, in one commit, with one audit
 * record. The controller acts upon the file, so that a crash loses nothing of it.
 */
export async function rollBackCampaign(
  context: ReconcilerContext,
  name: string,
  request: RollbackRequest,
): Promise<RollbackOutcome> {
  const snapshot = await context.fleet.refresh();
  if (!snapshot) return { kind: "unavailable", message: "no valid fleet.yaml was found" };
  const file = snapshot.campaigns.get(name);
  if (file === undefined) return unknownCampaign(snapshot, name);
  const view = await readCampaign(context, file.campaign);
  const plan = await planOf(context, snapshot, view, null);
  if (request.dryRun) return { kind: "done", plan, view };
  const over = orderOf(view);
  const idle = nothingFor(view, plan, over === null ? null : await planOf(context, snapshot, view, over));
  if (idle !== null) return { kind: "nothingToDo", message: idle };
  const { stopped } = file.campaign;
  const reason = request.reason ?? stopped?.reason ?? "asked for by a person";
  const outcome = await changeCampaign(
    context,
    name,
    { kind: "rollback", reason, over },
    { by: request.by, cause: "campaign rollback", evidence: { items: plan.items.map(summaryOf) } },
  );
  return outcome.kind === "done" ? { kind: "done", plan, view } : outcome;
}

/** How the order to take a campaign back stands; null when there is none. */
export async function rollbackStanding(
  context: Pick<ReconcilerContext, "records">,
  snapshot: FleetSnapshot,
  view: CampaignView,
): Promise<RollbackPlan | null> {
  const order = orderOf(view);
  return order === null ? null : planOf(context, snapshot, view, order);
}

/**
 * Takes back what is next of what a campaign shipped, so many that at most as many as it ships at once are on their way.
 * True while there is more to come.
 */
export async function continueRollback(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  view: CampaignView,
): Promise<boolean> {
  const order = orderOf(view);
  if (order === null) return false;
  const plan = await planOf(context, snapshot, view, order);
  const limit = pLimit(OPERATIONS_AT_ONCE);
  const chosen = plan.items.slice(0, Math.max(0, view.policy.shipAtOnceMax - plan.underWay));
  const outcomes = await Promise.all(
    chosen.map((item) => limit(async () => [item, await takeBack(context, view, item)] as const)),
  );
  for (const [key, ofUnit] of Map.groupBy(outcomes, ([{ unit }]) => unit)) {
    const ends = ofUnit.flatMap(([item, end]) => (end === undefined ? [] : [[nameOf(item), end] as const]));
    const before = key.takenBack?.order === order ? key.takenBack.scripts : {};
    const takenBack: TakenBack = { order, scripts: { ...before, ...Object.fromEntries(ends) } };
    const isDue = view.units.find(({ unit }) => unit === key)?.isDue ?? false;
    await context.campaigns.records.saveUnit(view.campaign.name, { ...key, takenBack }, isDue);
  }
  return plan.items.length + plan.underWay + plan.coming > 0;
}

/** Null once it is held back, why it cannot be, or undefined when it is to be tried again. */
async function takeBack(
  context: ReconcilerContext,
  { campaign: { name, stopped } }: CampaignView,
  { shipped: { script, version, revision } }: RollbackItem,
): Promise<string | null | undefined> {
  const operation: Operation = {
    kind: "rollback",
    target: { kind: "script", name: script, version },
    reason: `${name} is taken back by ${stopped?.by}: ${stopped?.reason}`.slice(0, 1_000),
    by: `campaign/${name}`,
    askedAtMs: context.clock.now(),
    untilMs: null,
    toCommit: null,
    confirmed: null,
    only: revision.digest,
  };
  const how = { cause: `campaign ${name}`, dryRun: false, isPart: true };
  const outcome = await performOperation(context, operation, how);
  switch (outcome.kind) {
    case "done":
      return null;
    case "refused":
      context.logger.warn({ campaign: name, script, version, ...outcome.error }, "it cannot be taken back");
      return outcome.error.message;
    case "unavailable":
      return undefined;
    default:
      return assertNever(outcome);
  }
}

async function planOf(
  { records }: Pick<ReconcilerContext, "records">,
  snapshot: FleetSnapshot,
  { units }: CampaignView,
  order: string | null,
): Promise<RollbackPlan> {
  return planCampaignRollback(units, snapshot, await knownRollouts(records), order);
}

/** When the order to take it back was given; null without one. */
function orderOf({ campaign: { stopped } }: CampaignView): string | null {
  return stopped?.rollback === true ? stopped.at : null;
}

/** Why a new order would change nothing; null when it would. `standing` is the one that is on. */
function nothingFor(
  { campaign: { name }, state }: CampaignView,
  anew: RollbackPlan,
  standing: RollbackPlan | null,
): string | null {
  const { items, coming, left } = anew;
  if (standing !== null && items.length === standing.items.length) {
    const going = standing.items.length + standing.underWay + standing.coming;
    return going > 0 ? `${name} is taken back already; ${going} to go` : `${name} is taken back already`;
  }
  // What is merged at this moment is not known yet.
  if (items.length > 0 || coming > 0 || (standing === null && state?.ship != null)) return null;
  const stays = left.slice(0, 5).map((one) => `${nameOf(one)}: ${one.why}`);
  return [`Nothing is as ${name} shipped it`, ...stays].join("; ");
}

function summaryOf(item: RollbackItem) {
  const { unit, shipped } = item;
  return {
    repository: unit.repository,
    pullRequest: unit.pull?.number ?? null,
    script: nameOf(item),
    revision: shipped.revision.commit,
  };
}

function nameOf({ shipped: { script, version } }: RollbackItem): string {
  return `${script}@${version}`;
}
