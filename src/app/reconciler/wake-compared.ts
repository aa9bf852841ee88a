import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { ReconcilerContext } from "./context.ts";

/** Open pull requests that touch a script whose stable revision is another one now: what they are compared with has changed. */
export async function comparedPullRequests(
  { records }: ReconcilerContext,
  before: FleetSnapshot | null,
  after: FleetSnapshot,
): Promise<ReconcileKey[]> {
  if (before === null) return [];
  const keys: ReconcileKey[] = [];
  for (const script of promoted(before, after)) {
    for (const { repositoryId, number } of await records.listPullRequestsOfScript(script))
      keys.push(`pr:${repositoryId}#${number}`);
  }
  return keys;
}

function promoted(before: FleetSnapshot, after: FleetSnapshot): Set<string> {
  const found = new Set<string>();
  for (const [region, releases] of after.releases) {
    for (const [key, { stable }] of releases) {
      const old = before.releases.get(region)?.get(key)?.stable;
      if (stable?.digest !== old?.digest) found.add(key);
    }
  }
  return found;
}
