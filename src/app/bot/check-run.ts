import type { Context } from "probot";
import type { CommandRecord } from "#adapters/store/commands.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";

/** "Re-run" on one of our checks looks at its pull requests again. */
export function checkRunKeys(payload: Context<"check_run">["payload"]): ReconcileKey[] {
  if (payload.action !== "rerequested") return [];
  return payload.check_run.pull_requests.map(
    (pull): ReconcileKey => `pr:${payload.repository.id}#${pull.number}`,
  );
}

/**
 * A button that somebody pressed on one of our checks. The pull request is the one that the check's external id names:
 * GitHub lists no closed ones with a check.
 */
export function pressedButton(
  guid: string,
  payload: Context<"check_run.requested_action">["payload"],
  receivedAtMs: number,
): CommandRecord | null {
  const { check_run: check, repository, sender, requested_action: action } = payload;
  const [, repositoryId, number] =
    /^pull:(\d{1,15})#(\d{1,9})@[0-9a-f]{40}$/.exec(check.external_id ?? "") ?? [];
  if (Number(repositoryId) !== repository.id || number === undefined || action === undefined) return null;
  return {
    id: `button:${guid}`,
    repositoryId: repository.id,
    pullNumber: Number(number),
    source: {
      kind: "button",
      identifier: action.identifier ?? "",
      sender: sender.login,
      headSha: check.head_sha,
    },
    receivedAtMs,
  };
}
