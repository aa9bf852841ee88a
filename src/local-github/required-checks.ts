import { protectionOf } from "./call.ts";
import type { Github } from "./github.ts";
import type { Pull, Repository } from "./records.ts";

const GOOD: readonly string[] = ["success", "neutral", "skipped"];

/** The first check that the base branch requires and that has not passed on the head. */
export function missingCheck(
  github: Github,
  repository: Repository,
  { pull: { baseRef, headSha } }: Pull,
): string | undefined {
  const protection = protectionOf(repository, baseRef);
  if (protection === undefined) return undefined;
  const runs = github.store.checkRuns.list(repository.id, headSha);
  const statuses = github.store.statuses.list(repository.id, headSha);
  return protection.contexts.find((context) => {
    const run = runs.findLast((each) => each.name === context);
    if (run !== undefined) return !GOOD.includes(run.conclusion ?? "");
    return statuses.findLast((each) => each.context === context)?.state !== "success";
  });
}
