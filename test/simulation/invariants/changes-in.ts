import type { Commit, SimulatedRepository } from "../simulated-github.ts";

/** The changes to several scripts that a merge is part of. */
export function changesIn(repository: SimulatedRepository, { merged }: Commit): string[] {
  const message = merged === null ? "" : repository.commit(merged).message;
  return [...message.matchAll(/^Showrunner-Change: (.+)$/gm)].map(([, change = ""]) => change);
}
