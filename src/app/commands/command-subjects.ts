import type { PullRequest, Repository } from "#domain/ports.ts";
import { affectedScripts } from "#domain/pull-request/affected-scripts.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";

/** The scripts that a pull request touches, as `<script>@<version>`: those that it was found to, and those whose folder it changes. */
export async function commandSubjects(
  { records, host }: Pick<ReconcilerContext, "records" | "host">,
  repository: Repository,
  pull: PullRequest,
): Promise<string[]> {
  const declared = (await records.listScriptsOfRepository(repository.id)).filter((script) => script.declared);
  const known = await records.findPullRequest(repository.id, pull.number);
  const folders = [...new Set(declared.map((script) => script.path))];
  const touched = affectedScripts(folders, await host.changedFiles(repository, pull.number));
  const names = declared
    .filter((script) => touched.includes(script.path))
    .map(({ name, version }) => `${name}@${version}`);
  const found = (known?.scripts ?? []).filter((name) => /^[a-z0-9-]+@/.test(name));
  return [...new Set([...names, ...found])];
}
