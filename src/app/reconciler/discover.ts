import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
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
 * Finds the repositories that the app is installed on, and wakes those that were pushed to, renamed or added since they
 * were last looked at, and at the next looks again: what git fetches may be older than what the API says. The store
 * remembers which ones are settled, so that a new process asks only about the others.
 */
export function createDiscovery(context: ReconcilerContext): () => Promise<void> {
  const { records, queue, host, clock, fleetRepository } = context;
  let seen = new Map<number, Seen>();
  return async () => {
    const found = (await host.repositories()).filter((repository) => !repository.archived);
    const known = new Map(
      (await records.listRepositories()).map((repository) => [repository.id, repository]),
    );
    const fleetText = (await context.fleet.current())?.fleetText ?? "";
    const keys: ReconcileKey[] = [];
    const looked = new Map<number, Seen>();
    for (const repository of found) {
      const before = known.get(repository.id);
      const state = stateOf(repository, fleetText);
      const wakes = wakesAt(seen.get(repository.id) ?? settledBefore(before, repository, state), repository);
      looked.set(repository.id, { repository, wakes });
      const isFleet = repository.fullName === fleetRepository;
      const settledState = wakes > wakesMax ? state : (before?.settledState ?? null);
      const record = recordOf(repository, before, isFleet, clock.now(), settledState);
      if (!isSame(before, record)) await records.upsertRepository(record);
      if (wakes <= wakesMax) keys.push(isFleet ? "fleet" : `repo:${repository.id}`);
      known.delete(repository.id);
    }
    for (const id of known.keys()) await records.markRepositoryRemoved(id, clock.now());
    await queue.wake(keys);
    seen = looked;
  };
}

/** Which look at the repository's present state this is, counted from 1. */
function wakesAt(before: Seen | null, now: InstalledRepository): number {
  return before && !hasMoved(before.repository, now) ? Math.min(before.wakes, wakesMax) + 1 : 1;
}

/** What was looked at: the last push, and the fleet.yaml under which manifests were read. */
function stateOf({ pushedAt }: InstalledRepository, fleetText: string): string {
  return `${pushedAt} ${createHash("sha256").update(fleetText).digest("hex").slice(0, 16)}`;
}

/** What another process saw of the repository, if it looked at this very state often enough. */
function settledBefore(
  record: RepositoryRecord | undefined,
  now: InstalledRepository,
  state: string,
): Seen | null {
  if (record?.settledState !== state) return null;
  const { fullName, defaultBranch } = record;
  return { repository: { ...now, fullName, defaultBranch }, wakes: wakesMax };
}

function hasMoved(before: InstalledRepository, now: InstalledRepository): boolean {
  return (
    before.pushedAt !== now.pushedAt ||
    before.fullName !== now.fullName ||
    before.defaultBranch !== now.defaultBranch
  );
}

/** Nothing but the time of the look differs. */
function isSame(before: RepositoryRecord | undefined, after: RepositoryRecord): boolean {
  return before !== undefined && isDeepStrictEqual({ ...before, seenAtMs: after.seenAtMs }, after);
}

function recordOf(
  { id, fullName, defaultBranch }: InstalledRepository,
  known: RepositoryRecord | undefined,
  isFleet: boolean,
  seenAtMs: number,
  settledState: string | null,
): RepositoryRecord {
  const kind = isFleet ? "fleet" : "scripts";
  const head = known?.head ?? null;
  return { id, fullName, defaultBranch, head, kind, seenAtMs, removedAtMs: null, settledState };
}
