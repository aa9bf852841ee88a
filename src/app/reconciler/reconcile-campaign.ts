import pLimit from "p-limit";
import { openRunCache, type RunCache } from "#adapters/github/upgrades/run-cache.ts";
import type { NpmRegistry } from "#adapters/npm/registry.ts";
import { autoMerge } from "#app/campaign/auto-merge.ts";
import { campaignGoal } from "#app/campaign/campaign-goal.ts";
import { policiesOf } from "#app/campaign/campaign-scope.ts";
import { chasePulls } from "#app/campaign/chase-pulls.ts";
import { type Codemod, withCodemod } from "#app/campaign/codemod.ts";
import { codemodFilesOf } from "#app/campaign/codemods.ts";
import { changeCampaign } from "#app/campaign/change-campaign.ts";
import { issueUrlOf } from "#app/campaign/issue-url.ts";
import { lookAtUnit } from "#app/campaign/look-at-unit.ts";
import { type CampaignView, readCampaign, type UnitView, viewOf } from "#app/campaign/read-campaign.ts";
import { continueRollback } from "#app/campaign/roll-back-campaign.ts";
import { continueShipping } from "#app/campaign/ship-campaign.ts";
import { showEvidence } from "#app/campaign/show-evidence.ts";
import { dueUnits, missingUnits } from "#app/campaign/units-to-look-at.ts";
import { campaignIssueBody, campaignIssueTitle } from "#app/presentation/campaign-issue.ts";
import { reasonWords } from "#app/presentation/reason-words.ts";
import { evidenceText } from "#app/presentation/campaign-words.ts";
import { admitUnits } from "#domain/campaign/admit-units.ts";
import { campaignAlarm, type ScoredUnit } from "#domain/campaign/campaign-stop.ts";
import { campaignCounts, unitsLeft } from "#domain/campaign/campaign-counts.ts";
import type { CampaignState } from "#domain/campaign/campaign-state.ts";
import type { CampaignUnit } from "#domain/campaign/campaign-unit.ts";
import { libraryReasons } from "#domain/campaign/library-reasons.ts";
import { deprecatedIn } from "#domain/campaign/library-releases.ts";
import { isUpgradeEarly } from "#domain/campaign/held-upgrade.ts";
import { unitFeatures } from "#domain/campaign/unit-features.ts";
import type { UpgradeGoal } from "#domain/campaign/upgrade-goal.ts";
import type { CampaignFile, FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ReconcilerContext } from "./context.ts";

const LOOKS_A_PASS = 40;
const LOOKS_AT_ONCE = 6;
/** When to look again while something is under way, milliseconds. */
const BUSY_MS = 3_000;
const MORE_MS = 0;
const POINTS_KEPT = 500;
const MEMORY_MS = 600_000;
const ISSUE_LABELS = ["showrunner", "campaign"];

/** What was read for a campaign; it saves requests and may be lost. */
interface Memory {
  readonly madeAtMs: number;
  readonly cache: RunCache;
  readonly registry: NpmRegistry;
}

/** The same with the codemod as it is now. */
type MemoryAndCodemod = Memory & { readonly codemod: Codemod | null };

/**
 * Moves a campaign on: looks at what may have changed, opens what its wave and limits allow, keeps scores, stops when they
 * are bad, merges what was ordered, reminds owners of what waits for them, and tells people. The returned call gives when to look again, null for "when woken".
 */
export function createCampaignController(
  context: ReconcilerContext,
): (name: string) => Promise<number | null> {
  const memories = new Map<string, Memory>();

  async function memoryOf(name: string): Promise<Memory> {
    const nowMs = context.clock.now();
    const known = memories.get(name);
    if (known !== undefined && nowMs - known.madeAtMs < MEMORY_MS) return known;
    const made = {
      madeAtMs: nowMs,
      cache: await openRunCache(null, ""),
      registry: context.campaigns.newRegistry(),
    };
    memories.set(name, made);
    return made;
  }

  return async (name) => {
    const snapshot = await context.fleet.refresh();
    const file = snapshot?.campaigns.get(name);
    if (!snapshot || file === undefined) {
      memories.delete(name);
      return null;
    }
    const source = await context.fleet.source();
    if (source === null) return null;
    const found = await campaignGoal(file.campaign, source.mirror, snapshot.commit);
    if (found.kind === "none") {
      context.logger.warn({ campaign: name, reason: found.reason }, "a campaign has nothing to go by");
      return standStill(context, snapshot, await readCampaign(context, file.campaign), found.reason);
    }
    const { codemod: path } = file.campaign;
    const files = codemodFilesOf(source.mirror, snapshot.commit);
    const codemod = path === undefined ? null : await context.campaigns.codemods.find(files, path);
    const goal = codemod === null ? found.goal : withCodemod(found.goal, codemod);
    return advance(context, snapshot, file, goal, { ...(await memoryOf(name)), codemod });
  };
}

async function advance(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  { campaign }: CampaignFile,
  goal: UpgradeGoal,
  memory: MemoryAndCodemod,
): Promise<number | null> {
  const { name } = campaign;
  const isRunning = campaign.stopped === undefined;
  const nowMs = context.clock.now();
  const first = await readCampaign(context, campaign);
  if (campaign.supersededBy !== undefined) return standStill(context, snapshot, first, null);
  let view = (await missingUnits(context, first)) ? await readCampaign(context, campaign) : first;
  const due = dueUnits(view.units, goal, nowMs);
  view = await visitAll(context, view, due.slice(0, LOOKS_A_PASS), goal, memory, false);
  view = await keepVerdicts(context, view);
  const isSeen = due.length <= LOOKS_A_PASS;
  if (isRunning && (await stopIfBad(context, view))) return MORE_MS;
  // A wave is chosen among all, so all must have been looked at.
  if (isRunning && isSeen) {
    const ready = await readyUnits(view, memory.registry, nowMs);
    const admitted = new Set(admitUnits(ready, view.policy, nowMs).slice(0, LOOKS_A_PASS));
    const chosen = view.units.filter(({ key }) => admitted.has(key));
    view = await visitAll(context, view, chosen, goal, memory, true);
  }
  const isGoingBack = await continueRollback(context, snapshot, view);
  const isShipping = await continueShipping(context, view);
  const isMerging = isRunning && (await autoMerge(context, view));
  if (isRunning) view = await chasePulls(context, view);
  const state = await tell(context, snapshot, view, nowMs, null);
  await showAll(context, view, state, goal);
  await context.campaigns.records.saveState(name, state);
  if (!isSeen) return MORE_MS;
  const isBusy = view.units.some(({ standing: { kind } }) => kind === "checking" || kind === "rollingOut");
  return isGoingBack || isShipping || isMerging || isBusy ? BUSY_MS : null;
}

/** One that opens and ships nothing: what it shipped goes back where that was ordered, and people are told. */
async function standStill(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  view: CampaignView,
  problem: string | null,
): Promise<number | null> {
  const isGoingBack = await continueRollback(context, snapshot, view);
  const state = await tell(context, snapshot, view, context.clock.now(), problem);
  await context.campaigns.records.saveState(view.campaign.name, state);
  return isGoingBack ? BUSY_MS : null;
}

/** What speaks against a version in use, in words. */
async function reasonsAgainst(
  { fleet, campaigns }: ReconcilerContext,
  library: string,
  version: string,
): Promise<string[]> {
  const notes = (await fleet.current())?.fleet.libraries?.get(library) ?? [];
  const known = (await campaigns.releases.find([library])).get(library);
  return libraryReasons(version, notes, deprecatedIn(known)).map(reasonWords);
}

/** All but those that wait because their scripts' policies want the upgrade later. */
async function readyUnits(view: CampaignView, registry: NpmRegistry, nowMs: number): Promise<UnitView[]> {
  const { library, to, advisory } = view.campaign;
  const isUrgent = advisory !== undefined;
  const waiting = view.units.filter(({ standing }) => standing.kind === "waiting");
  const isAgeAsked = waiting.some(({ scoped }) =>
    policiesOf(scoped).some(({ cooldownMs }) => (cooldownMs ?? 0) > 0),
  );
  const publishedAt =
    isAgeAsked && !isUrgent ? ((await registry.published(library, to))?.publishedAt ?? null) : null;
  const publishedAtMs = publishedAt === null ? null : Date.parse(publishedAt);
  return view.units.filter(
    ({ standing, scoped }) =>
      standing.kind !== "waiting" || !isUpgradeEarly(policiesOf(scoped), { publishedAtMs, isUrgent }, nowMs),
  );
}

/** Looks at units, keeps what was found, and gives the view as it is then. */
async function visitAll(
  context: ReconcilerContext,
  view: CampaignView,
  units: readonly UnitView[],
  goal: UpgradeGoal,
  memory: MemoryAndCodemod,
  mayOpen: boolean,
): Promise<CampaignView> {
  const limit = pLimit(LOOKS_AT_ONCE);
  const counts = campaignCounts(view.units.map(({ standing }) => standing));
  const evidence = evidenceText({ kind: "checking" }, counts, null);
  const visited = new Map<string, UnitView>();
  const visits = units.map((one) =>
    limit(async () => {
      const { scoped, unit, key } = one;
      if (scoped === null) return;
      const head = headOf(one, view);
      if (head === null) return;
      const run = {
        forge: await context.campaigns.forges.forgeOf(scoped.repository),
        registry: memory.registry,
        workFolder: context.campaigns.workFolder,
        facts: memory.cache,
        codemod: memory.codemod,
        reasonsAgainst: (version: string) => reasonsAgainst(context, view.campaign.library, version),
      };
      const seen = await lookAtUnit(context, { unit, scoped, head, goal, run, mayOpen, evidence });
      await keep(context, view.campaign.name, seen);
      visited.set(key, await viewOf(context, view.campaign, scoped, seen, false));
    }),
  );
  // Every visit ends before the first failure is told: what was found is kept.
  const ends = await Promise.allSettled(visits);
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return { ...view, units: view.units.map((one) => visited.get(one.key) ?? one) };
}

/** The commit of a unit's branch, as last heard of. */
function headOf({ unit, scoped }: UnitView, view: CampaignView): string | null {
  if (scoped === null || unit.base === scoped.repository.defaultBranch)
    return scoped?.repository.head ?? null;
  const parent = view.units.find(
    (one) => one.unit.repositoryId === unit.repositoryId && one.unit.base === scoped.repository.defaultBranch,
  );
  return parent?.unit.look?.versions.find(({ name }) => name === unit.base)?.commit ?? null;
}

async function keep({ campaigns, records, clock }: ReconcilerContext, name: string, unit: CampaignUnit) {
  await campaigns.records.saveUnit(name, unit, false);
  await records.appendEvent({ atMs: clock.now(), type: "change", data: { campaign: name } });
}

/** Keeps verdicts that are new, so that they outlive their pull request. */
async function keepVerdicts(context: ReconcilerContext, view: CampaignView): Promise<CampaignView> {
  const units: UnitView[] = [];
  for (const one of view.units) {
    const { judgement, unit, scoped, isDue } = one;
    const headSha = unit.pull?.state === "open" ? unit.pull.headSha : null;
    if (judgement.kind !== "judged" || headSha === null || !isNews(unit, judgement, headSha)) {
      units.push(one);
      continue;
    }
    const { verdict, score, reason, failing, isUnchanged } = judgement;
    const judged = { verdict, score, reason, failing, isUnchanged, headSha, atMs: context.clock.now() };
    await keep(context, view.campaign.name, { ...unit, judged });
    units.push(await viewOf(context, view.campaign, scoped, { ...unit, judged }, isDue));
  }
  return { ...view, units };
}

function isNews(
  { judged }: CampaignUnit,
  judgement: Extract<UnitView["judgement"], { kind: "judged" }>,
  headSha: string,
): boolean {
  if (judged === null || judged.headSha !== headSha) return true;
  return judged.verdict !== judgement.verdict || judged.score !== judgement.score;
}

async function stopIfBad(context: ReconcilerContext, view: CampaignView): Promise<boolean> {
  const scored = view.units.flatMap(({ unit, standing, scoped }): ScoredUnit[] => {
    const features = unitFeatures(unit, scoped?.scripts[0]?.labels ?? {});
    if (standing.kind === "rolledBack")
      return [{ verdict: "rolledBack", atMs: unit.pull?.endedAtMs ?? 0, features }];
    return unit.judged === null ? [] : [{ verdict: unit.judged.verdict, atMs: unit.judged.atMs, features }];
  });
  const alarm = campaignAlarm(scored, view.policy);
  if (alarm === null) return false;
  const { name } = view.campaign;
  const how = { by: "showrunner", cause: `campaign ${name}`, evidence: { pattern: alarm.pattern } };
  const outcome = await changeCampaign(context, name, { kind: "stop", reason: alarm.reason }, how);
  return outcome.kind === "done";
}

/** Brings the tracking issue up to date, and the history that it draws. */
async function tell(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  { campaign, units, state }: CampaignView,
  nowMs: number,
  problem: string | null,
): Promise<Omit<CampaignState, "ship">> {
  const counts = campaignCounts(units.map(({ standing }) => standing));
  const left = unitsLeft(counts);
  const isOver = campaign.supersededBy !== undefined;
  const before = state?.history ?? [];
  const history =
    before.at(-1)?.left === left ? before : [...before, { atMs: nowMs, left }].slice(-POINTS_KEPT);
  const startedAtMs = state?.startedAtMs ?? nowMs;
  const source = await context.fleet.source();
  if (source === null || snapshot.campaigns.get(campaign.name) === undefined)
    return { startedAtMs, history, issue: state?.issue ?? null };
  const issue = await context.host.upsertIssue(source.repository, {
    marker: `campaign:${campaign.name}`,
    title: campaignIssueTitle(campaign),
    body: campaignIssueBody(campaign, units, history, { publicUrl: context.publicUrl, problem }),
    state: isOver || (left === 0 && units.length > 0) ? "closed" : "open",
    labels: ISSUE_LABELS,
  });
  return { startedAtMs, history, issue };
}

/** Tells each pull request its verdict. */
async function showAll(
  context: ReconcilerContext,
  view: CampaignView,
  { issue }: Pick<CampaignState, "issue">,
  goal: UpgradeGoal,
): Promise<void> {
  const counts = campaignCounts(view.units.map(({ standing }) => standing));
  for (const one of view.units) {
    const { pull } = one.unit;
    if (one.scoped === null || pull?.state !== "open") continue;
    const issueUrl = issueUrlOf(context.fleetRepository, issue, pull.url);
    const forge = await context.campaigns.forges.forgeOf(one.scoped.repository);
    const shown = await showEvidence(one, goal.library, counts, forge, issueUrl);
    if (shown !== null) await context.campaigns.records.saveUnit(view.campaign.name, shown, one.isDue);
  }
}
