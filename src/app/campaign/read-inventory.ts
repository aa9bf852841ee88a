import semver from "semver";
import { listLibrariesOf, listLibraryUses } from "#adapters/store/inventory.ts";
import { listDeprecated } from "#adapters/store/library-releases.ts";
import type { Executor } from "#adapters/store/database.ts";
import { affectedRevisions, type InventoryEntry } from "#domain/campaign/affected-revisions.ts";
import { type NeedsAttention, scriptsInNeed } from "#domain/campaign/attention.ts";
import { type BillOfMaterials, billOfMaterials } from "#domain/campaign/bill-of-materials.ts";
import { type DeployedRevision, deployedRevisions } from "#domain/campaign/deployed-revisions.ts";
import type { Advisory } from "#domain/campaign/osv-advisory.ts";
import { scriptTraffic } from "#domain/campaign/script-traffic.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { listNodes } from "#adapters/store/nodes.ts";
import type { Digest } from "#schemas/types.ts";

/** A library in a revision that is deployed: who runs it, where, at what traffic. */
export interface InventoryUse {
  readonly library: string;
  readonly libraryVersion: string;
  /** Named in the script's own package.json. */
  readonly direct: boolean;
  /** `<name>@<version>`. */
  readonly script: string;
  readonly repository: string;
  readonly digest: Digest;
  readonly regions: readonly string[];
  /** Of the script as a whole; null when no node serves it. */
  readonly requestsPerMinute: number | null;
}

/** Deployed revisions that contain a library in a version of the range ("*" is any), by script. */
export async function findLibrary(
  db: Executor,
  snapshot: FleetSnapshot,
  library: string,
  range: string,
): Promise<InventoryUse[]> {
  const uses = await listLibraryUses(db, [library]);
  const wanted = uses.filter(({ version }) => range === "*" || isIn(version, range));
  return join(db, snapshot, wanted);
}

/** The same for what an advisory is about, each with the version that fixes it. */
export async function findAffected(
  db: Executor,
  snapshot: FleetSnapshot,
  advisory: Advisory,
): Promise<(InventoryUse & { readonly fixedBy: string | null })[]> {
  const deployed = new Set(deployedRevisions(snapshot.releases).map(({ digest }) => digest));
  const uses = await listLibraryUses(
    db,
    advisory.packages.map(({ name }) => name),
  );
  const affected = affectedRevisions(uses, advisory, deployed);
  const fixes = new Map(affected.map((one) => [`${one.digest} ${one.name}@${one.version}`, one.fixedBy]));
  const found = await join(db, snapshot, affected);
  return found.map((use) => ({
    ...use,
    fixedBy: fixes.get(`${use.digest} ${use.library}@${use.libraryVersion}`) ?? null,
  }));
}

/** The deployed scripts with libraries that should not stay in use, and why; those in most need first. */
export async function findAttention(
  db: Executor,
  snapshot: FleetSnapshot,
): Promise<NeedsAttention<InventoryUse>[]> {
  const notes = snapshot.fleet.libraries ?? new Map();
  const deprecated = await listDeprecated(db);
  const campaigns = [...snapshot.campaigns.values()]
    .map(({ campaign }) => campaign)
    .filter(({ stopped, supersededBy }) => stopped === undefined && supersededBy === undefined);
  const uses = await listLibraryUses(db, [...new Set([...notes.keys(), ...deprecated.keys()])]);
  return scriptsInNeed(await join(db, snapshot, uses), { notes, deprecated, campaigns });
}

/** What a deployed script's revision contains; the stable one of the first region that has one. null without any. */
export async function findMaterials(
  db: Executor,
  snapshot: FleetSnapshot,
  script: string,
  version: string | null,
): Promise<BillOfMaterials | null> {
  const revisions = deployedRevisions(snapshot.releases).filter(
    (revision) => revision.script === script && (version === null || revision.version === version),
  );
  const [revision] = revisions.toSorted((a, b) => b.regions.length - a.regions.length);
  if (revision === undefined) return null;
  const libraries = await listLibrariesOf(db, revision.digest);
  return billOfMaterials({ name: script, version: revision.version }, revision.digest, libraries);
}

async function join(
  db: Executor,
  snapshot: FleetSnapshot,
  uses: readonly InventoryEntry[],
): Promise<InventoryUse[]> {
  const revisions = Map.groupBy(deployedRevisions(snapshot.releases), ({ digest }) => digest);
  const traffic = scriptTraffic((await listNodes(db)).flatMap(({ report }) => report ?? []));
  const found = uses.flatMap(({ digest, name, version, direct }) =>
    (revisions.get(digest) ?? []).map((revision: DeployedRevision): InventoryUse => {
      const unit = `${revision.script}@${revision.version}`;
      const perMinute = traffic.get(unit);
      return {
        library: name,
        libraryVersion: version,
        direct,
        script: unit,
        repository: revision.repository,
        digest,
        regions: revision.regions,
        requestsPerMinute: perMinute === undefined ? null : Math.round(perMinute * 10) / 10,
      };
    }),
  );
  return found.sort((a, b) => (a.script < b.script ? -1 : a.script > b.script ? 1 : 0));
}

function isIn(version: string, range: string): boolean {
  return semver.valid(version) !== null && semver.satisfies(version, range, { includePrerelease: true });
}
