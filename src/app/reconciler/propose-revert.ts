import type { ScriptRecord } from "#adapters/store/scripts.ts";
import type { GitMirror, ProposedFile, Repository, TreeEntry } from "#domain/ports.ts";
import type { Hold } from "#schemas/types.ts";
import { revertText } from "#app/presentation/revert-text.ts";
import type { ReconcilerContext } from "./context.ts";

/** More changed files than this are a person's matter. */
const filesMax = 2_000;

/**
 * Proposes in the script's repository to go back to what regions were rolled back to: one pull request a revision,
 * whose branch has the script's folder as it was. Until it is merged, the hold keeps the revision from being tried again.
 */
export async function proposeRevert(
  context: ReconcilerContext,
  mirror: GitMirror,
  script: ScriptRecord,
  repository: Repository,
  hold: Hold,
): Promise<void> {
  const { revision, to } = hold;
  // A first release has nothing that the branch could go back to.
  if (!revision || !to) return;
  const before = to.commit;
  const head = await mirror.resolve(`refs/heads/${repository.defaultBranch}`);
  if (head === null || !(await mirror.has(before))) return;
  const files = await differences(mirror, head, before, script.path);
  if (files.length === 0 || files.length > filesMax) return;
  const { title, body } = revertText(hold, revision, to);
  await context.host.proposeChange(repository, {
    branch: revertBranch(script.name, script.version, revision.commit),
    base: repository.defaultBranch,
    baseCommit: head,
    files,
    title,
    body,
    commitBody: `Regions were rolled back to ${before}.`,
  });
}

/** The branch of the one pull request that takes a revision back. */
export function revertBranch(script: string, version: string, commit: string): string {
  return `showrunner/revert-${script}-${version}-${commit.slice(0, 7)}`;
}

/** What turns the folder at `head` into the folder at `before`. */
export async function differences(
  mirror: GitMirror,
  head: string,
  before: string,
  folder: string,
): Promise<ProposedFile[]> {
  const now = byPath(await mirror.list(head, folder));
  const then = byPath(await mirror.list(before, folder));
  const files: ProposedFile[] = [];
  for (const [path, { mode, id }] of then) {
    const current = now.get(path);
    if (mode === "160000" || (current?.id === id && current.mode === mode)) continue;
    files.push({ path, mode, blob: id });
  }
  for (const [path, { mode }] of now)
    if (!then.has(path) && mode !== "160000") files.push({ path, mode, blob: null });
  return files;
}

function byPath(entries: readonly TreeEntry[]): Map<string, TreeEntry> {
  return new Map(entries.map((entry) => [entry.path, entry]));
}
