import type { RepositoryRecord } from "#adapters/store/repositories.ts";
import type { ScriptRecord } from "#adapters/store/scripts.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { GitMirror } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { recallCommands } from "#app/commands/recall-commands.ts";
import type { ReconcilerContext } from "./context.ts";

/** Brings the scripts that the default branch declares into the store, and wakes them and the open pull requests. */
export async function reconcileRepository(context: ReconcilerContext, repositoryId: number): Promise<void> {
  const { records, queue, host } = context;
  const repository = await records.findRepository(repositoryId);
  if (!repository || repository.removedAtMs !== null) return;
  // A merge waits for its scripts, and nobody for the pull requests.
  if (repository.kind === "fleet") await queue.wake(["fleet"]);
  else await declareScripts(context, repository);
  const pullRequests = await host.openPullRequests(repository);
  const keys = pullRequests.map((pull): ReconcileKey => `pr:${repositoryId}#${pull.number}`);
  await queue.wake([...(await recallCommands(context, repository, pullRequests)), ...keys]);
}

async function declareScripts(context: ReconcilerContext, repository: RepositoryRecord): Promise<void> {
  const { records, queue, clock, logger } = context;
  const repositoryId = repository.id;
  const mirror = context.mirrorOf(repository);
  await mirror.sync();
  const head = await mirror.resolve(`refs/heads/${repository.defaultBranch}`);
  if (head === null) return;

  const fleet = await context.fleet.current();
  const { scripts, folders, problems } = await context.manifests.read(mirror, head, fleet, clock.now());
  const known = await records.listScriptsOfRepository(repositoryId);
  const keys: ReconcileKey[] = [];
  for (const path of folders) {
    const manifest = scripts.get(path);
    const found = manifest
      ? { manifest, commit: head }
      : known.some((script) => script.declared && script.path === path)
        ? null
        : await releasedManifest(context, mirror, repositoryId, path, fleet);
    if (!found) continue;
    const { name, version } = found.manifest;
    const existing = await records.findScript(name, version);
    if (existing?.declared && existing.repositoryId !== repositoryId) {
      logger.warn(
        { script: name, repository: repository.fullName },
        "another repository declares this script already",
      );
      continue;
    }
    const own = problems.filter((problem) => problem.file.startsWith(path === "." ? "" : `${path}/`));
    await records.upsertScript({
      name,
      version,
      repositoryId,
      path,
      ...found,
      declared: true,
      problems: own,
    });
    keys.push(`script:${name}@${version}`);
  }
  for (const script of known) {
    if (!script.declared || isDeclared(script, scripts, folders)) continue;
    await records.upsertScript({ ...script, declared: false });
    keys.push(`script:${script.name}@${script.version}`);
  }
  await records.upsertRepository({ ...repository, head });
  await queue.wake(keys);
}

/**
 * What a folder's manifest said before it broke, with the commit, for a store that is new and does not remember it: as
 * the releases made from that folder name it, one that is on its way before one that is stable. null without any.
 */
async function releasedManifest(
  context: ReconcilerContext,
  mirror: GitMirror,
  repositoryId: number,
  path: string,
  fleet: FleetSnapshot | null,
): Promise<{ readonly manifest: ScriptManifest; readonly commit: string } | null> {
  const releases = [...(fleet?.releases.values() ?? [])]
    .flatMap((ofRegion) => [...ofRegion.values()])
    .filter(({ source }) => source.repoId === repositoryId && source.path === path);
  const revisions = [...releases.map(({ next }) => next), ...releases.map(({ stable }) => stable)];
  for (const commit of new Set(revisions.flatMap((revision) => revision?.commit ?? []))) {
    if (!(await mirror.has(commit))) continue;
    const then = await context.manifests.read(mirror, commit, fleet, context.clock.now());
    const manifest = then.scripts.get(path);
    if (manifest) return { manifest, commit };
  }
  return null;
}

/** A script whose manifest is there but broken stays declared: it goes on with its last good one. */
function isDeclared(
  script: ScriptRecord,
  scripts: ReadonlyMap<string, ScriptManifest>,
  folders: readonly string[],
): boolean {
  const current = scripts.get(script.path);
  if (current) return current.name === script.name && current.version === script.version;
  return folders.includes(script.path);
}
