import { askRegistry } from "#app/campaign/ask-registry.ts";
import { libraryUsers, type LibraryUsers } from "#app/campaign/library-users.ts";
import { freeName, startFound } from "#app/campaign/start-found.ts";
import { byNeed, type FoundUpgrade, type KnownCampaign, planScan } from "#domain/campaign/plan-scan.ts";
import { upgradesOf } from "#domain/manifest/fleet-from-source.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ReconcilerContext } from "./context.ts";

/** Package documents are large, and so is what is kept of thousands of them. */
const PLANNED_AT_ONCE = 100;

/**
 * Looks for new releases of the libraries that deployed scripts use, where their manifests or the fleet ask for it, and
 * starts the campaigns that their policies want. The returned call gives when to look again, null for "when woken".
 */
export function createReleaseController(context: ReconcilerContext): () => Promise<number | null> {
  let restUntilMs = Number.NEGATIVE_INFINITY;
  return async () => {
    const snapshot = await context.fleet.refresh();
    if (!snapshot) return null;
    const watched = await libraryUsers(context, snapshot);
    const libraries = new Set(watched.users.map(({ library }) => library));
    if (libraries.size === 0) return null;
    const { everyMs, campaignsMax } = snapshot.fleet.upgrades ?? upgradesOf({});
    const nowMs = context.clock.now();
    let againMs = Math.max(0, restUntilMs - nowMs);
    if (againMs === 0) {
      const look = await askRegistry(context, libraries, everyMs);
      restUntilMs = nowMs + look.restMs;
      againMs = look.againMs;
    }
    const isThrough = await startAll(context, snapshot, watched, campaignsMax);
    return isThrough ? againMs : 0;
  };
}

/** False when something has to be decided again. */
async function startAll(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  watched: LibraryUsers,
  campaignsMax: number,
): Promise<boolean> {
  const source = await context.fleet.source();
  if (source === null) return true;
  const campaigns = await knownCampaigns(context, snapshot);
  const underWay = campaigns.filter(({ isOfScan, isEnded, isDone }) => isOfScan && !isEnded && !isDone);
  let room = campaignsMax - underWay.length;
  let isThrough = true;
  for (const found of await findUpgrades(context, snapshot, watched, campaigns)) {
    const isNew = found.extends === null;
    const freed = found.supersedes.length;
    if (isNew && room + freed <= 0) continue;
    const name = found.extends ?? (await freeName(found, snapshot, source.mirror));
    if (name === null) continue;
    if ((await startFound(context, snapshot, found, name)) === "stale") isThrough = false;
    else room += freed - (isNew ? 1 : 0);
  }
  return isThrough;
}

async function findUpgrades(
  { campaigns: { releases }, clock }: ReconcilerContext,
  { fleet }: FleetSnapshot,
  { users, policies }: LibraryUsers,
  campaigns: readonly KnownCampaign[],
): Promise<FoundUpgrade[]> {
  const byLibrary = [...Map.groupBy(users, ({ library }) => library)];
  const found: FoundUpgrade[] = [];
  for (let from = 0; from < byLibrary.length; from += PLANNED_AT_ONCE) {
    const some = byLibrary.slice(from, from + PLANNED_AT_ONCE);
    const facts = {
      users: some.flatMap(([, own]) => own),
      releases: await releases.find(some.map(([library]) => library)),
      notes: fleet.libraries ?? new Map(),
      policies,
      campaigns,
    };
    found.push(...planScan(facts, clock.now()));
  }
  return found.sort(byNeed);
}

async function knownCampaigns(
  { campaigns }: ReconcilerContext,
  snapshot: FleetSnapshot,
): Promise<KnownCampaign[]> {
  const known: KnownCampaign[] = [];
  for (const { campaign } of snapshot.campaigns.values()) {
    const { name, library, to, from, repositories, foundBy, stopped, supersededBy } = campaign;
    const isEnded = stopped !== undefined || supersededBy !== undefined;
    const state = isEnded ? null : await campaigns.records.findState(name);
    known.push({
      name,
      library,
      to,
      from: from ?? null,
      repositories: repositories ?? null,
      isOfScan: foundBy === "scan",
      isEnded,
      isDone: state?.history.at(-1)?.left === 0,
    });
  }
  return known;
}
