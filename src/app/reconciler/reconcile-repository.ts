import type { ScriptRecord } from "#adapters/store/scripts.ts";
import type { ScriptManifest } from "#domain/manifest/script-manifest.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import { recallCommands } from "#app/commands/recall-commands.ts";
import type { ReconcilerContext } from "./context.ts";

/** Brings the scripts that the default branch declares into the store, and wakes them and the open pull requests. */
export async function reconcileRepository(context: ReconcilerContext, repositoryId: number): Promise<void> {
  const { records, queue, host, clock, logger } = context;
  const repository = await records.findRepository(repositoryId);
  if (!repository || repository.removedAtMs !== null) return;
  const pullRequests = await host.openPullRequests(repository);
  const pullRequestKeys = pullRequests.map((pull): ReconcileKey => `pr:${repositoryId}#${pull.number}`);
  await queue.wake(await recallCommands(context, repository, pullRequests));
  if (repository.kind === "fleet") return queue.wake(["fleet", ...pullRequestKeys]);
  const mirror = context.mirrorOf(repository);
  await mirror.sync();
  const head = await mirror.resolve(`refs/heads/${repository.defaultBranch}`);
  if (head === null) return;

  const fleet = await context.fleet.current();
  const { scripts, folders, problems } = await context.manifests.read(mirror, head, fleet, clock.now());
  const keys: ReconcileKey[] = [];
  for (const [path, manifest] of scripts) {
    const warnings = problems.filter((problem) => problem.file.startsWith(path === "." ? "" : `${path}/`));
    const existing = await records.findScript(manifest.name, manifest.version);
    if (existing?.declared && existing.repositoryId !== repositoryId) {
      logger.warn(
        { script: manifest.name, repository: repository.fullName },
        "another repository declares this script already",
      );
      continue;
    }
    const { name, version } = manifest;
    await records.upsertScript({
      name,
      version,
      repositoryId,
      path,
      manifest,
      commit: head,
      declared: true,
      problems: warnings,
    });
    keys.push(`script:${name}@${version}`);
  }
  for (const script of await records.listScriptsOfRepository(repositoryId)) {
    if (!script.declared || isDeclared(script, scripts, folders)) continue;
    await records.upsertScript({ ...script, declared: false });
    keys.push(`script:${script.name}@${script.version}`);
  }
  await records.upsertRepository({ ...repository, head });
  await queue.wake([...keys, ...pullRequestKeys]);
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
