import type { LibraryUser } from "#domain/campaign/plan-scan.ts";
import { deployedRevisions } from "#domain/campaign/deployed-revisions.ts";
import type { UpgradesPolicy } from "#domain/manifest/upgrades-policy.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { NewReleases } from "#schemas/types.ts";

/** Whose libraries the registry is asked about. */
export interface LibraryUsers {
  readonly users: readonly LibraryUser[];
  /** By repository, of all scripts that it declares. */
  readonly policies: ReadonlyMap<string, readonly UpgradesPolicy[]>;
}

interface Asking {
  readonly repository: string;
  readonly newReleases: NewReleases;
}

/** What deployed scripts use directly, of those that ask for new releases; of all where the fleet asks. */
export async function libraryUsers(
  { records, campaigns }: Pick<ReconcilerContext, "records" | "campaigns">,
  { fleet, releases }: Pick<FleetSnapshot, "fleet" | "releases">,
): Promise<LibraryUsers> {
  const asked = fleet.upgrades ?? null;
  const names = new Map((await records.listRepositories()).map(({ id, fullName }) => [id, fullName]));
  const policies = new Map<string, UpgradesPolicy[]>();
  const asking = new Map<string, Asking>();
  for (const { name, manifest, repositoryId, declared } of await records.listScripts()) {
    const repository = names.get(repositoryId);
    if (!declared || manifest === null || repository === undefined) continue;
    const { upgrades = null } = manifest;
    if (upgrades !== null) policies.set(repository, [...(policies.get(repository) ?? []), upgrades]);
    const newReleases = upgrades?.newReleases ?? asked?.newReleases ?? "none";
    if (asked !== null || newReleases !== "none") asking.set(name, { repository, newReleases });
  }
  if (asking.size === 0) return { users: [], policies };
  const revisions = deployedRevisions(releases).filter(({ script }) => asking.has(script));
  const byDigest = Map.groupBy(revisions, ({ digest }) => digest);
  const uses = await campaigns.releases.directUses([...byDigest.keys()]);
  const users = uses.flatMap(({ digest, name: library, version }) =>
    (byDigest.get(digest) ?? []).flatMap(({ script }): LibraryUser[] => {
      const asker = asking.get(script);
      return asker === undefined ? [] : [{ ...asker, library, version }];
    }),
  );
  return { users, policies };
}
