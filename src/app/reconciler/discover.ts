import type { RepositoryRecord } from "#adapters/store/repositories.ts";
import type { InstalledRepository } from "#domain/ports.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { ReconcilerContext } from "./context.ts";

/**
 * Finds the repositories that the app is installed on, and wakes those that were pushed to, renamed or added since this
 * process last looked. The first look wakes all of them.
 */
export function createDiscovery(context: ReconcilerContext): () => Promise<void> {
  const { records, queue, host, clock, fleetRepository } = context;
  let seen = new Map<number, InstalledRepository>();
  return async () => {
    const found = (await host.repositories()).filter((repository) => !repository.archived);
    const known = new Map(
      (await records.listRepositories()).map((repository) => [repository.id, repository]),
    );
    const keys: ReconcileKey[] = [];
    for (const repository of found) {
      const isFleet = repository.fullName === fleetRepository;
      await records.upsertRepository(recordOf(repository, known.get(repository.id), isFleet, clock.now()));
      if (hasMoved(seen.get(repository.id), repository))
        keys.push(isFleet ? "fleet" : `repo:${repository.id}`);
      known.delete(repository.id);
    }
    for (const id of known.keys()) await records.markRepositoryRemoved(id, clock.now());
    await queue.wake(keys);
    seen = new Map(found.map((repository) => [repository.id, repository]));
  };
}

function hasMoved(before: InstalledRepository | undefined, now: InstalledRepository): boolean {
  return (
    before?.pushedAt !== now.pushedAt ||
    before.fullName !== now.fullName ||
    before.defaultBranch !== now.defaultBranch
  );
}

function recordOf(
  { id, fullName, defaultBranch }: InstalledRepository,
  known: RepositoryRecord | undefined,
  isFleet: boolean,
  seenAtMs: number,
): RepositoryRecord {
  const kind = isFleet ? "fleet" : "scripts";
  return { id, fullName, defaultBranch, head: known?.head ?? null, kind, seenAtMs, removedAtMs: null };
}
