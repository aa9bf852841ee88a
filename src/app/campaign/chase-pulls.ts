import { CODE_OWNERS_PATHS, codeOwners } from "#domain/campaign/code-owners.ts";
import type { CampaignUnit } from "#domain/campaign/campaign-unit.ts";
import { type Chase, pullsToChase } from "#domain/campaign/pulls-to-chase.ts";
import { CodeHostError } from "#domain/ports.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { chaseComment } from "#app/presentation/chase-comment.ts";
import type { ScopedRepository } from "./campaign-scope.ts";
import { issueUrlOf } from "./issue-url.ts";
import type { CampaignView, UnitView } from "./read-campaign.ts";

type ChaseContext = Pick<
  ReconcilerContext,
  "campaigns" | "clock" | "fleetRepository" | "host" | "mirrorOf" | "logger"
>;

/** The marker of the one reminder that a pull request ever gets, whichever campaigns it belongs to. */
const MARKER = "upgrade-reminder";
const CHASES_A_PASS = 10;
const FILE_BYTES_MAX = 256 * 1024;

/**
 * Reminds the owners of pull requests that wait for them for too long, once each. The comment itself is the mark that it was
 * done: what is kept here may be lost. Returns the view as it is then.
 */
export async function chasePulls(context: ChaseContext, view: CampaignView): Promise<CampaignView> {
  const { units, state, policy, campaign } = view;
  const due = pullsToChase(units, state?.ship ?? null, policy, context.clock.now());
  const chased = new Map<string, UnitView>();
  for (const chase of due.slice(0, CHASES_A_PASS)) {
    const { candidate, pull } = chase;
    if (candidate.scoped === null) continue;
    const outcome = await chaseOne(context, view, chase, candidate.scoped);
    const unit: CampaignUnit =
      outcome === "gone" ? candidate.unit : { ...candidate.unit, pull: { ...pull, chase: outcome } };
    // Looked at once more, for what happened to it while its owners were written to.
    await context.campaigns.records.saveUnit(campaign.name, unit, true);
    chased.set(candidate.key, { ...candidate, unit, isDue: true });
  }
  return { ...view, units: units.map((one) => chased.get(one.key) ?? one) };
}

/** "gone" when it was merged or closed meanwhile; "refused" when nobody may comment there, which is not asked for again. */
async function chaseOne(
  context: ChaseContext,
  { campaign, state }: CampaignView,
  { candidate, pull, sinceMs }: Chase<UnitView>,
  scoped: ScopedRepository,
): Promise<"reminded" | "refused" | "gone"> {
  const { repository } = scoped;
  try {
    const obstacles = await context.host.mergeObstacles(repository, pull.number);
    if (obstacles === null) return "gone";
    const body = chaseComment({
      campaign,
      base: candidate.unit.base,
      standing: candidate.standing,
      obstacles,
      owners: await ownersOf(context, candidate, scoped, pull.number),
      sinceMs,
      issueUrl: issueUrlOf(context.fleetRepository, state?.issue ?? null, pull.url),
    });
    await context.campaigns.forges.takeTurn(repository);
    await context.host.commentOnce(repository, pull.number, MARKER, body);
    return "reminded";
  } catch (error) {
    // A limit or an outage concerns all of them, and the next look finds what was written by its marker.
    if (!(error instanceof CodeHostError) || error.kind === "transient") throw error;
    const { message: reason } = error;
    context.logger.warn({ campaign: campaign.name, url: pull.url, reason }, "its owners cannot be reminded");
    return "refused";
  }
}

/** Those that CODEOWNERS names for what the pull request changes, then those whom the manifests name. */
async function ownersOf(
  { host, mirrorOf }: ChaseContext,
  { unit }: UnitView,
  { repository, scripts }: ScopedRepository,
  number: number,
): Promise<string[]> {
  const mirror = mirrorOf(repository);
  const head = unit.look?.head ?? null;
  const texts =
    head !== null && (await mirror.has(head))
      ? await mirror.read(head, CODE_OWNERS_PATHS, FILE_BYTES_MAX)
      : new Map<string, string>();
  const text = CODE_OWNERS_PATHS.map((path) => texts.get(path)).find((one) => one !== undefined);
  const byFile = text === undefined ? [] : codeOwners(text, await host.changedFiles(repository, number));
  return [...new Set([...byFile, ...scripts.map(({ owner }) => owner)])];
}
