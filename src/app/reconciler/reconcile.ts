import type { Outcome, ReconcileHandler } from "#adapters/store/reconcile-handler.ts";
import { assertNever } from "#domain/assert-never.ts";
import { parseReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { ReconcilerContext } from "./context.ts";
import { createCampaignController } from "./reconcile-campaign.ts";
import { reconcileCanary } from "./reconcile-canary.ts";
import { createDiscovery } from "./discover.ts";
import { createFleetController } from "./reconcile-fleet.ts";
import { reconcileExperiment } from "./reconcile-experiment.ts";
import { reconcileMergeGroup } from "./reconcile-merge-group.ts";
import { reconcilePullRequest } from "./reconcile-pull-request.ts";
import { createReleaseController } from "./reconcile-releases.ts";
import { reconcileRepository } from "./reconcile-repository.ts";
import { reconcileScript } from "./reconcile-script.ts";

const done: Outcome = { kind: "done" };

/** The handler of every key: observes, decides, acts and records; safe to run again at any point. */
export function createReconciler(context: ReconcilerContext): ReconcileHandler {
  const reconcileFleet = createFleetController(context);
  const reconcileCampaign = createCampaignController(context);
  const scanReleases = createReleaseController(context);
  const discover = createDiscovery(context);
  return async (key) => {
    const target = parseReconcileKey(key);
    if (!target) return { kind: "terminal", message: `no controller knows the key ${key}` };
    switch (target.kind) {
      case "discovery":
        await discover();
        return done;
      case "fleet":
      case "region":
        return again(await reconcileFleet());
      case "releases":
        return again(await scanReleases());
      case "repo":
        await reconcileRepository(context, target.repositoryId);
        return done;
      case "pr":
        return again(await reconcilePullRequest(context, target.repositoryId, target.number));
      case "script":
        return again(await reconcileScript(context, target.name, target.version));
      case "canary":
        return again(await reconcileCanary(context, target.name, target.version));
      case "queue":
        await reconcileMergeGroup(context, target.repositoryId, target.headSha);
        return done;
      case "campaign":
        return again(await reconcileCampaign(target.name));
      case "experiment":
        return again(await reconcileExperiment(context, target.name));
      default:
        return assertNever(target);
    }
  };
}

function again(afterMs: number | null): Outcome {
  return afterMs === null ? done : { kind: "requeue", afterMs };
}
