import type { RepositoryRecord } from "#adapters/store/repositories.ts";
import type { InstalledRepository } from "#domain/ports.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { ReconcilerContext } from "./context.ts";

/** Looks, a minute apart, at a repository that moved. */
const wakesMax = 3;

interface Seen {
  readonly repository: InstalledRepository;
  /** Looks at this state of it so far. */
  readonly wakes: number;
}

/**
 * Finds the repositories that the app is installed on, and wakes those that were pushed to, renamed or added since this
 * process last looked, and at the next looks again: what git fetches may be older than what the API says. The first
 * looks wake all of them.
 */
export function createDiscovery(context: ReconcilerContext): () => Promise<void> {
  const { records, queue, host, clock, fleetRepository } = context;
  let seen = new Map<number, Seen>();
  return async () => {
    const found = (await host.repositories()).filter((repository) => !repository.archived);
    const known = new Map(
      (await records.listRepositories()).map((repository) => [repository.id, repository]),
    );
    const keys: ReconcileKey[] = [];
    for (const repository of found) {
      const isFleet = repository.fullName === fleetRepository;
      await records.upsertRepository(recordOf(repository, known.get(repository.id), isFleet, clock.now()));
      if (wakesAt(seen.get(repository.id), repository) <= wakesMax)
        keys.push(isFleet ? "fleet" : `repo:${repository.id}`);
      known.delete(repository.id);
    }
    for (const id of known.keys()) await records.markRepositoryRemoved(id, clock.now());
    await queue.wake(keys);
    seen = new Map(
      found.map((repository) => [
        repository.id,
        { repository, wakes: wakesAt(seen.get(repository.id), repository) },
      ]),
    );
  };
}

/** Which look at the repository's present state this is, counted from 1. */
function wakesAt(before: Seen | undefined, now: InstalledRepository): number {
  return before && !hasMoved(before.repository, now) ? Math.min(before.wakes, wakesMax) + 1 : 1;
}

function hasMoved(before: InstalledRepository, now: InstalledRepository): boolean {
  return (
    before.pushedAt !== now.pushedAt ||
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
