import { listNodes } from "#adapters/store/nodes.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { listPullRequests } from "#adapters/store/pull-requests.ts";
import { listRecentRollouts } from "#adapters/store/rollouts.ts";
import { listScripts } from "#adapters/store/scripts.ts";
import { listRepositories } from "#adapters/store/repositories.ts";
import type { Clock } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { type Overview, buildOverview } from "./overview.ts";
import { rolloutInput } from "./rollout-history.ts";

const rolloutsMax = 200;
const pullRequestsMax = 500;

interface OverviewSources {
  readonly store: Store;
  readonly clock: Clock;
  readonly fleet: { current(): Promise<FleetSnapshot | null> };
  /** Where GitHub's pages are. */
  readonly webUrl: string;
}

/** Reads what the overview is made of: git as last fetched, the nodes' last reports, the rollouts. */
export async function readOverview({ store, clock, fleet, webUrl }: OverviewSources): Promise<Overview> {
  const snapshot = await fleet.current();
  const [nodes, scripts, repositories, rollouts, pullRequests] = await Promise.all([
    listNodes(store.db),
    listScripts(store.db),
    listRepositories(store.db),
    listRecentRollouts(store.db, rolloutsMax),
    listPullRequests(store.db, pullRequestsMax),
  ]);
  const names = new Map(repositories.map((repository) => [repository.id, repository.fullName]));
  const document = snapshot && { generation: snapshot.generation, issuedAtMs: snapshot.committedAtMs };
  return buildOverview({
    nowMs: clock.now(),
    webUrl,
    regions: (snapshot?.fleet.regions ?? []).map(({ name, timezone }) => ({ name, timezone, document })),
    nodes: nodes.map(({ id, region, slot, report, receivedAtMs }) => ({
      id,
      region,
      slot,
      last: report && receivedAtMs !== null ? { report, receivedAtMs } : null,
    })),
    scripts: scripts
      .filter((script) => script.declared)
      .map(({ name, version, manifest, repositoryId }) => ({
        name,
        version,
        owner: manifest?.owner ?? "",
        repository: names.get(repositoryId) ?? "",
      })),
    releases: [...(snapshot?.releases ?? [])].flatMap(([region, releases]) =>
      [...releases.values()].map((release) => ({ region, release })),
    ),
    refusedFiles: (snapshot?.problems ?? [])
      .filter((problem) => problem.severity === "error")
      .map(({ file, line, column, message }) => ({ file, line, column, message })),
    rollouts: rollouts.map((rollout) => rolloutInput(rollout, repositories, webUrl)),
    pullRequests: pullRequests.map(
      ({ repositoryId, number, url, title, scripts: touched, verdict, canary }) => ({
        repository: names.get(repositoryId) ?? "",
        number,
        url,
        title,
        scripts: touched,
        verdict,
        canary,
      }),
    ),
  });
}
