import { hash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { RegionDocumentRecord } from "#adapters/store/region-documents.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { retainRemoved } from "#domain/reconcile/retain-removed.ts";
import { regionDocument } from "#domain/reconcile/region-document.ts";
import type { Digest, RegionDocument, Release } from "#schemas/types.ts";
import { advanceKills } from "./advance-kills.ts";
import type { ReconcilerContext } from "./context.ts";
import { comparedPullRequests } from "./wake-compared.ts";
import { pauseEdited } from "./pause-edited.ts";
import { stoppedPullRequests } from "./wake-stopped.ts";

/** Between two steps of removals, milliseconds: time for nodes to follow. */
const removalsMs = 10_000;
/** Between two looks at whether all bundles are there, milliseconds: every sweep, and not after every commit, for it takes a while. */
const bundlesEveryMs = 50_000;
const bundlesAtOnce = 64;

/**
 * Reads the fleet repository, publishes each region's document, and wakes the scripts whose files differ from the last
 * time. Returns when to look again, null for "when woken".
 */
export function createFleetController(context: ReconcilerContext): () => Promise<number | null> {
  let last: FleetSnapshot | null = null;
  let bundlesLookedAtMs = Number.NEGATIVE_INFINITY;
  const known: KnownDocuments = new Map();
  return async () => {
    const snapshot = await context.fleet.refresh();
    if (!snapshot) {
      context.logger.warn(
        { fleet: context.fleetRepository },
        "no valid fleet.yaml can be read; regions keep what they have",
      );
      return null;
    }
    let isUnfinished = false;
    for (const region of snapshot.fleet.regions)
      if (await publish(context, snapshot, region.name, known)) isUnfinished = true;
    const nowMs = context.clock.now();
    const isLookDue = Math.abs(nowMs - bundlesLookedAtMs) >= bundlesEveryMs;
    if (isLookDue) bundlesLookedAtMs = nowMs;
    const keys = new Set<ReconcileKey>([
      ...changedScripts(last, snapshot),
      ...stoppedScripts(last, snapshot),
      ...(isLookDue ? await lostBundles(context, snapshot) : []),
      ...changedCanaries(last, snapshot),
      ...changedCampaigns(last, snapshot),
      ...experimentsToLookAt(last, snapshot),
      ...(last?.fleetText === snapshot.fleetText ? [] : (["releases"] as const)),
      ...(await comparedPullRequests(context, last, snapshot)),
      ...(await stoppedPullRequests(context, last, snapshot)),
    ]);
    if (last?.commit !== snapshot.commit) {
      for (const problem of snapshot.problems) {
        context.logger.warn(
          { problem },
          "a file of the fleet repository was refused; its last valid text stays in force",
        );
      }
      await context.records.appendEvent({
        atMs: context.clock.now(),
        type: "change",
        data: { fleet: snapshot.commit },
      });
    }
    if (last?.fleetText !== snapshot.fleetText) {
      keys.add("discovery");
      // What a manifest may say depends on fleet.yaml: one that it refused before may hold now. At the first look
      // discovery knows which repositories were read under another one.
      const repositories = last ? await context.records.listRepositories() : [];
      for (const { id, kind } of repositories) if (kind === "scripts") keys.add(`repo:${id}`);
    }
    if (last && !isDeepStrictEqual(last.freezes, snapshot.freezes))
      for (const { script, version } of await context.records.listActiveRollouts())
        keys.add(`script:${script}@${version}`);
    const before = last;
    last = snapshot;
    await context.queue.wake([...keys]);
    if (before && before.commit !== snapshot.commit) await pauseEdited(context, before, snapshot);
    const killsMs = await advanceKills(context, snapshot);
    return isUnfinished ? Math.min(killsMs ?? removalsMs, removalsMs) : killsMs;
  };
}

/** Puts a region's document in force; true when removals that are meant are still to come. */
async function publish(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  region: string,
  known: KnownDocuments,
): Promise<boolean> {
  const inForce = await context.records.findRegionDocument(region);
  const mine = known.get(region);
  // Looked at for this very commit, and still in force.
  if (mine?.settledFor === snapshot && mine.etag === inForce?.etag) return false;
  const { document, held, isUnfinished } = retainRemoved(
    regionDocument(snapshot, region),
    inForce && documentOf(inForce, known),
    snapshot.fleet.caps.removePct,
    (key) => snapshot.holds.get(key)?.revision !== undefined,
  );
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  const etag = `"${document.epoch}-${document.generation}-${hash("sha256", bytes).slice(0, 16)}"`;
  const settledFor = isUnfinished ? null : snapshot;
  if (inForce?.etag === etag) {
    known.set(region, { etag, document, settledFor });
    return isUnfinished;
  }
  if (held.length > 0) {
    context.logger.warn(
      { region, held },
      "git has no release of these any more, and they are more than caps.removePct allows; they are served on",
    );
  }
  const { epoch, generation } = document;
  const signature = context.signer.sign("showrunner-document-v1", bytes);
  await context.records.putRegionDocument({
    region,
    epoch,
    generation,
    etag,
    bytes,
    signature,
    updatedAtMs: context.clock.now(),
  });
  known.set(region, { etag, document, settledFor });
  return isUnfinished;
}

/** What was last put in force here, by region, so that it is neither read nor made again. */
type KnownDocuments = Map<
  string,
  {
    readonly etag: string;
    readonly document: RegionDocument;
    /** The state of the fleet repository of which nothing is left to do; null while removals are to come. */
    readonly settledFor: FleetSnapshot | null;
  }
>;

function documentOf({ region, etag, bytes }: RegionDocumentRecord, known: KnownDocuments): RegionDocument {
  const mine = known.get(region);
  if (mine?.etag === etag) return mine.document;
  const document: RegionDocument = JSON.parse(new TextDecoder().decode(bytes));
  known.set(region, { etag, document, settledFor: null });
  return document;
}

/** Scripts whose releases differ; at the first look those with a rollout in flight. */
function changedScripts(before: FleetSnapshot | null, after: FleetSnapshot): ReconcileKey[] {
  const keys = new Set<ReconcileKey>();
  for (const [region, releases] of after.releases) {
    const old = before?.releases.get(region);
    if (old === releases) continue;
    for (const [key, release] of releases) {
      const differs = before ? !isDeepStrictEqual(old?.get(key), release) : release.next !== undefined;
      if (differs) keys.add(scriptKey(release));
    }
    for (const [key, release] of old ?? []) if (!releases.has(key)) keys.add(scriptKey(release));
  }
  return [...keys];
}

/** Scripts whose hold came, went or changed; at the first look all that have one. */
function stoppedScripts(before: FleetSnapshot | null, after: FleetSnapshot): ReconcileKey[] {
  const names = new Set([...after.holds.keys(), ...(before?.holds.keys() ?? [])]);
  const changed = [...names].filter(
    (name) => !isDeepStrictEqual(before?.holds.get(name), after.holds.get(name)),
  );
  return changed.flatMap((name): ReconcileKey[] => {
    const [script, version] = name.split("@", 2);
    return script === undefined || version === undefined ? [] : [`script:${script}@${version}`];
  });
}

/** Scripts whose canary runs were changed, and at the first look those that have one; rollouts that wait for one likewise. */
function changedCanaries(before: FleetSnapshot | null, after: FleetSnapshot): ReconcileKey[] {
  const all = new Map([...(before?.canaries ?? []), ...after.canaries]);
  return [...all.values()]
    .filter(({ runId }) => !isDeepStrictEqual(before?.canaries.get(runId), after.canaries.get(runId)))
    .flatMap(({ script, version, cause }): ReconcileKey[] =>
      cause === "rollout"
        ? [`canary:${script}@${version}`, `script:${script}@${version}`]
        : [`canary:${script}@${version}`],
    );
}

/** Campaigns that came, went or were changed; at the first look all of them. */
function changedCampaigns(before: FleetSnapshot | null, after: FleetSnapshot): ReconcileKey[] {
  const names = new Set([...after.campaigns.keys(), ...(before?.campaigns.keys() ?? [])]);
  return [...names]
    .filter((name) => before?.campaigns.get(name)?.text !== after.campaigns.get(name)?.text)
    .map((name): ReconcileKey => `campaign:${name}`);
}

/** At any change those that have not ended, for it may be what they are compared with or wait for; and those that went. */
function experimentsToLookAt(before: FleetSnapshot | null, after: FleetSnapshot): ReconcileKey[] {
  if (before?.commit === after.commit) return [];
  const gone = [...(before?.experiments.keys() ?? [])].filter((name) => !after.experiments.has(name));
  const names = [...after.experiments]
    .filter(
      ([name, { text, experiment }]) =>
        experiment.ended === undefined || before?.experiments.get(name)?.text !== text,
    )
    .map(([name]) => name);
  return [...gone, ...names].map((name): ReconcileKey => `experiment:${name}`);
}

/** Scripts that are to be served from a bundle that the bundle store does not have any more. */
async function lostBundles(context: ReconcilerContext, snapshot: FleetSnapshot): Promise<ReconcileKey[]> {
  const owners = new Map<Digest, ReconcileKey>();
  for (const releases of snapshot.releases.values()) {
    for (const release of releases.values()) {
      for (const revision of [release.stable, release.next]) {
        if (revision) owners.set(revision.digest, scriptKey(release));
      }
    }
  }
  const all = [...owners];
  const lost: ReconcileKey[] = [];
  for (let from = 0; from < all.length; from += bundlesAtOnce) {
    const some = all.slice(from, from + bundlesAtOnce);
    const present = await Promise.all(some.map(([digest]) => context.bundles.has(digest)));
    lost.push(...some.filter((_, index) => present[index] === false).map(([, key]) => key));
  }
  return lost;
}

function scriptKey(release: Release): ReconcileKey {
  return `script:${release.script}@${release.version}`;
}
