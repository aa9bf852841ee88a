import type { CodeHost, GitMirror, Repository } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { FleetView } from "./context.ts";
import type { ParsedReleases } from "./parsed-releases.ts";
import { FleetFiles, readFleetSnapshot } from "./read-fleet-snapshot.ts";

interface FleetViewOptions {
  readonly host: CodeHost;
  readonly mirrorOf: (repository: Repository) => GitMirror;
  readonly fleetRepository: string;
  readonly parsedReleases: ParsedReleases;
}

/** Reads the fleet repository through its mirror; a commit is parsed once. */
export function createFleetView({
  host,
  mirrorOf,
  fleetRepository,
  parsedReleases,
}: FleetViewOptions): FleetView {
  let repository: Repository | null = null;
  let snapshot: FleetSnapshot | null = null;
  const files = new FleetFiles(parsedReleases);

  async function source(): ReturnType<FleetView["source"]> {
    repository ??=
      (await host.repositories()).find((candidate) => candidate.fullName === fleetRepository) ?? null;
    return repository ? { repository, mirror: mirrorOf(repository) } : null;
  }

  async function read(fetch: boolean): Promise<FleetSnapshot | null> {
    const found = await source();
    if (!found) return null;
    if (fetch) await found.mirror.sync();
    const commit = await found.mirror.resolve(`refs/heads/${found.repository.defaultBranch}`);
    if (commit === null || commit === snapshot?.commit) return snapshot;
    snapshot = (await readFleetSnapshot(found.mirror, commit, files)) ?? snapshot;
    return snapshot;
  }

  return {
    refresh: () => read(true),
    current: () => (snapshot ? Promise.resolve(snapshot) : read(true)),
    source,
  };
}
