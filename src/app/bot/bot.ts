import type { Probot } from "probot";
import { DeliveryLog } from "#adapters/store/deliveries.ts";
import type { Store } from "#adapters/store/open-store.ts";
import type { Clock } from "#domain/ports.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { CommandRecord } from "#adapters/store/commands.ts";
import { checkRunKeys, pressedButton } from "./check-run.ts";
import { commentCommand } from "./issue-comment.ts";
import { installationKeys } from "./installation.ts";
import { mergeGroupKeys } from "./merge-group.ts";
import { pullRequestKeys } from "./pull-request.ts";
import { pushKeys } from "./push.ts";

interface BotOptions {
  readonly store: Store;
  readonly clock: Clock;
}

/**
 * The Probot app. A webhook is verified, stored once by its GUID together with the keys it wakes, and answered; it never
 * acts. Losing or repeating one changes nothing in the end, because the reconciler compares states.
 */
export function createBot({ store, clock }: BotOptions): (app: Probot) => void {
  const deliveries = new DeliveryLog(store);
  async function receive(guid: string, event: string, keys: readonly ReconcileKey[]): Promise<void> {
    await deliveries.record({ guid, event, keys, receivedAtMs: clock.now() });
  }
  /** A wish is stored with the delivery, or not at all: GitHub lists no buttons that were pressed. */
  async function receiveCommand(guid: string, event: string, command: CommandRecord | null): Promise<void> {
    if (command === null) return receive(guid, event, []);
    const keys: ReconcileKey[] = [`pr:${command.repositoryId}#${command.pullNumber}`];
    await deliveries.record({ guid, event, keys, receivedAtMs: command.receivedAtMs, command });
  }
  return (app) => {
    app.on("push", ({ id, name, payload }) => receive(id, name, pushKeys(payload)));
    app.on("pull_request", ({ id, name, payload }) => receive(id, name, pullRequestKeys(payload)));
    app.on("merge_group.checks_requested", ({ id, name, payload }) =>
      receive(id, name, mergeGroupKeys(payload)),
    );
    app.on("issue_comment.created", ({ id, name, payload }) =>
      receiveCommand(id, name, commentCommand(payload, clock.now())),
    );
    app.on("check_run.requested_action", ({ id, name, payload }) =>
      receiveCommand(id, name, pressedButton(id, payload, clock.now())),
    );
    app.on("check_run.rerequested", ({ id, name, payload }) => receive(id, name, checkRunKeys(payload)));
    app.on(["installation", "installation_repositories", "repository"], ({ id, name }) =>
      receive(id, name, installationKeys()),
    );
  };
}
