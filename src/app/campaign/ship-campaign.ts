import { nextShipments, planShip, type ShipOrder, type ShipPlan } from "#domain/campaign/plan-ship.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { type CampaignView, readCampaign } from "./read-campaign.ts";
import { unknownCampaign } from "./change-campaign.ts";

type ShipContext = Pick<
  ReconcilerContext,
  "records" | "queue" | "fleet" | "clock" | "campaigns" | "host" | "logger"
>;

export interface ShipRequest {
  /** null for what the campaign says. */
  readonly minScore: number | null;
  readonly dryRun: boolean;
  readonly by: string;
  readonly reason: string;
}

export type ShipOutcome =
  | { readonly kind: "done"; readonly plan: ShipPlan; readonly minScore: number; readonly view: CampaignView }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string }
  | { readonly kind: "unavailable"; readonly message: string };

/**
 * Orders everything that scores enough to be merged, exactly as it was judged: one audit record, whatever the number. The
 * merges follow, so many at once as the campaign allows. A second order takes the place of the first.
 */
export async function shipCampaign(
  context: ShipContext,
  name: string,
  request: ShipRequest,
): Promise<ShipOutcome> {
  const snapshot = await context.fleet.refresh();
  if (!snapshot) return { kind: "unavailable", message: "no valid fleet.yaml was found" };
  const file = snapshot.campaigns.get(name);
  if (file === undefined) return unknownCampaign(snapshot, name);
  const view = await readCampaign(context, file.campaign);
  const minScore = request.minScore ?? view.policy.shipScore;
  const plan = planShip(view.units, minScore);
  if (request.dryRun) return { kind: "done", plan, minScore, view };
  const { stopped, supersededBy } = file.campaign;
  if (supersededBy !== undefined)
    return {
      kind: "refused",
      message: `The pull requests of ${name} go on in ${supersededBy}: ship that one.`,
    };
  if (stopped !== undefined)
    return { kind: "refused", message: `${name} is stopped: ${stopped.reason}. Resume it first.` };
  if (plan.items.length === 0)
    return {
      kind: "refused",
      message: `Nothing of ${name} scores ${minScore} or more and waits to be shipped.`,
    };
  const { by, reason } = request;
  const atMs = context.clock.now();
  const order: ShipOrder = { by, reason, atMs, minScore, items: plan.items };
  // Before the order, so that nothing is merged that nobody wrote down.
  await context.records.appendAudit({
    atMs,
    actor: by,
    action: "campaign ship",
    subject: `campaign:${name}`,
    cause: reason,
    evidence: { minScore, items: plan.items },
    undo: `showrunner campaign stop ${name}`,
  });
  await context.campaigns.records.orderShipment(name, order);
  await context.queue.wake([`campaign:${name}`]);
  return { kind: "done", plan, minScore, view };
}

/** Merges what is next of the order. True when there is more to come. */
export async function continueShipping(context: ShipContext, view: CampaignView): Promise<boolean> {
  const order = view.state?.ship ?? null;
  const { name, stopped } = view.campaign;
  if (order === null) return false;
  if (stopped !== undefined) {
    await context.campaigns.records.orderShipment(name, null);
    return false;
  }
  const { merge, done } = nextShipments(order, view.units, view.policy.shipAtOnceMax);
  const refused: ShipOrder["items"][number][] = [];
  for (const item of merge) {
    // Somebody may stop it while this goes on.
    if ((await context.fleet.current())?.campaigns.get(name)?.campaign.stopped !== undefined) break;
    const repository = view.scope.get(item.repositoryId)?.repository;
    const outcome =
      repository === undefined
        ? "refused"
        : await context.host.mergePullRequest(repository, item.number, item.headSha);
    if (outcome === "merged") {
      await context.campaigns.records.markDue(item.repositoryId, item.number);
      continue;
    }
    context.logger.warn({ campaign: name, ...item, outcome }, "a pull request could not be shipped");
    refused.push(item);
  }
  const over = new Set([...done, ...refused]);
  const left = order.items.filter((item) => !over.has(item));
  if (over.size > 0)
    await context.campaigns.records.orderShipment(name, left.length === 0 ? null : { ...order, items: left });
  return left.length > 0;
}
