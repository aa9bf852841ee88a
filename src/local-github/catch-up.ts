import { botAccount } from "./accounts.ts";
import { ZERO, type RefChange } from "./git/bare-repository.ts";
import type { Github } from "./github.ts";
import { openPulls } from "./pulls.ts";
import { refsChanged, whileLocked } from "./ref-changes.ts";
import type { Repository } from "./records.ts";

/**
 * After a crash between a ref's move and what follows from it: finds open pull requests whose branches are not
 * where they were seen last, and lets what was missed happen.
 */
export async function catchUp(github: Github, stop: AbortSignal): Promise<void> {
  for (const repository of github.store.repositories.list(0)) {
    if (stop.aborted) return;
    if (openPulls(github, repository).length === 0) continue;
    try {
      await whileLocked(github, repository, () => catchUpOne(github, repository));
    } catch (error) {
      github.log.error({ err: error, repository: repository.name }, "could not catch up");
    }
  }
}

async function catchUpOne(github: Github, repository: Repository): Promise<void> {
  const heads = await github.git.at(repository).refs("refs/heads");
  const changes = new Map<string, RefChange>();
  for (const { pull } of openPulls(github, repository)) {
    const ref = `refs/heads/${pull.headRef}`;
    const after = heads.get(ref) ?? ZERO;
    if (after !== pull.headSha) changes.set(ref, { ref, before: pull.headSha, after });
    const baseRef = `refs/heads/${pull.baseRef}`;
    const base = heads.get(baseRef);
    if (base === undefined || changes.has(baseRef)) continue;
    // Merged, but not yet marked as such when the process ended.
    if (base !== pull.baseSha && (await github.git.at(repository).isAncestor(pull.headSha, base))) {
      changes.set(baseRef, { ref: baseRef, before: pull.baseSha, after: base });
    }
  }
  const sender = botAccount(github);
  if (changes.size > 0) await refsChanged({ github, repository, sender }, [...changes.values()]);
}
