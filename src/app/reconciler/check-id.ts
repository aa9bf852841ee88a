import type { Repository } from "#domain/ports.ts";

/** By which the one check run of a pull request's head is known again. */
export function checkId({ id }: Pick<Repository, "id">, pull: number, headSha: string): string {
  return `pull:${id}#${pull}@${headSha}`;
}
