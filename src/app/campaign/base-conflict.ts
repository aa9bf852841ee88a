import { mergesCleanly } from "#adapters/git/merges-cleanly.ts";
import { isProjectFile } from "#domain/campaign/project-layout.ts";
import type { ForgeFile } from "#domain/campaign/upgrade-forge.ts";
import type { Base } from "./make-commit.ts";
import type { UpgradeRun } from "./upgrade-run.ts";

/** Our commit on the branch of an open pull request. */
export interface OwnHead {
  readonly commit: string;
  readonly base: string;
  /** The files it changes with their blobs at `base`; null when that is not known. */
  readonly files: readonly (readonly [path: string, blob: string])[] | null;
}

/** The files that our commit changes, with their blobs below it. */
export async function changedFiles(
  repository: string,
  head: OwnHead,
  run: UpgradeRun,
): Promise<readonly (readonly [path: string, blob: string])[]> {
  if (head.files !== null) return head.files;
  const [before, after] = await Promise.all([
    filesOf(repository, head.base, run),
    filesOf(repository, head.commit, run),
  ]);
  const now = blobs(after);
  return before
    .filter(({ path, blob }) => now.get(path) !== blob)
    .map(({ path, blob }) => [path, blob] as const);
}

/**
 * Whether the base branch can no longer take our commit. Files that it did not touch are not looked at; the others are merged
 * as git would, and where that works the forge is asked too.
 */
export async function hasConflict(
  repository: string,
  pullNumber: number,
  head: OwnHead,
  baseNow: Pick<Base, "tree" | "files">,
  run: UpgradeRun,
): Promise<boolean> {
  const changed = await changedFiles(repository, head, run);
  const paths = new Set(changed.map(([path]) => path));
  // Package files are read already; a codemod changes others.
  const now = blobs(
    [...paths].every(isProjectFile) ? baseNow.files : await run.forge.files(repository, baseNow.tree, "all"),
  );
  const moved = changed.filter(([path, blob]) => now.get(path) !== blob);
  if (moved.length === 0) return false;
  const ours = blobs(await filesOf(repository, head.commit, run));
  for (const [path, blob] of moved) {
    const read = (id: string | undefined): Promise<string | null> =>
      id === undefined ? Promise.resolve(null) : run.forge.text(repository, id);
    const [base, mine, theirs] = await Promise.all([read(blob), read(ours.get(path)), read(now.get(path))]);
    if (!(await mergesCleanly({ base, ours: mine, theirs }, run.workFolder))) return true;
  }
  return (await run.forge.isMergeable(repository, pullNumber)) === false;
}

async function filesOf(repository: string, sha: string, run: UpgradeRun): Promise<ForgeFile[]> {
  const commit = await run.forge.commit(repository, sha);
  return commit === null ? [] : run.forge.files(repository, commit.tree, "all");
}

function blobs(files: readonly ForgeFile[]): ReadonlyMap<string, string> {
  return new Map(files.map(({ path, blob }) => [path, blob]));
}
