import { isDeepStrictEqual } from "node:util";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { ReconcilerContext } from "./context.ts";

/** Open pull requests that touch a script, at most. */
const pullRequestsMax = 1_000;

/** Open pull requests, when what keeps scripts from moving has changed: they show it. */
export async function stoppedPullRequests(
  { records }: ReconcilerContext,
  before: FleetSnapshot | null,
  after: FleetSnapshot,
): Promise<ReconcileKey[]> {
  if (before === null || isDeepStrictEqual(stopsOf(before), stopsOf(after))) return [];
  const open = await records.listPullRequests(pullRequestsMax);
  return open.map(({ repositoryId, number }): ReconcileKey => `pr:${repositoryId}#${number}`);
}

function stopsOf({ holds, freezes, kills }: FleetSnapshot) {
  return { holds, freezes, kills };
}
