import { UPGRADE_BRANCHES, wantsRebase } from "#domain/campaign/upgrade-identity.ts";
import type { PullRequest, Repository } from "#domain/ports.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { ReconcilerContext } from "./context.ts";

/** Much happens to a pull request within a moment, and one look at its campaign is enough for it. */
const GATHER_MS = 2_000;

/** Wakes the campaigns that a pull request belongs to, and has it looked at again when it is not as they left it. */
export async function wakeCampaigns(
  { campaigns, queue }: ReconcilerContext,
  repository: Repository,
  pull: PullRequest,
): Promise<void> {
  const { head } = pull;
  if (!head.branch.startsWith(UPGRADE_BRANCHES) || head.repositoryId !== repository.id) return;
  const units = await campaigns.records.unitsOfPull(repository.id, pull.number);
  const isChanged = units.some(
    ({ unit }) => unit.pull?.state !== pull.state || unit.pull.headSha !== head.sha || wantsRebase(pull.body),
  );
  if (isChanged) await campaigns.records.markDue(repository.id, pull.number);
  const keys = units.map(({ campaign }): ReconcileKey => `campaign:${campaign}`);
  if (keys.length > 0) await queue.wake(keys, { afterMs: GATHER_MS });
}
