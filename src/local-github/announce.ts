import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { accountById, botAccount } from "./accounts.ts";
import { send } from "./events.ts";
import type { Github } from "./github.ts";
import type { Installation } from "./records.ts";
import { simpleUser } from "./representations/account.ts";
import { installationJson } from "./representations/app.ts";
import { nodeId, type Json } from "./representations/json.ts";
import type { Repository } from "./records.ts";

const LOOK_MS = 500;

/**
 * Sends `installation.created` for every installation that was not announced yet, once somebody listens at the
 * webhook's address. On GitHub the app is up before it is installed; here it may start after us.
 */
export async function announceInstallations(github: Github, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const waiting = github.store.installations.list(0).filter((installation) => !installation.announced);
    try {
      if (waiting.length > 0 && (await somebodyListens(github.app.webhookUrl))) {
        for (const installation of waiting) announce(github, installation);
      }
    } catch (error) {
      github.log.error({ err: error }, "could not announce an installation");
    }
    // A timer that is not waited for on the way out, and ends at once with the server.
    await sleep(LOOK_MS, undefined, { signal: stop, ref: false }).catch(() => undefined);
  }
}

/** A repository as webhooks about installations list it. */
export function installedRepositoryJson(repository: Repository): Json {
  return {
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name: repository.name,
    full_name: `${repository.owner}/${repository.name}`,
    private: repository.private,
  };
}

function announce(github: Github, installation: Installation): void {
  github.store.installations.put({ ...installation, announced: true });
  const owner = accountById(github, installation.accountId);
  const repositories = github.store.repositories.list(0).filter((it) => it.ownerId === owner.id);
  send(github, "installation-created", installation.id, null, {
    action: "created",
    installation: installationJson(github, installation),
    repositories: repositories.map(installedRepositoryJson),
    sender: simpleUser(github, owner.kind === "User" ? owner : botAccount(github)),
  });
}

function somebodyListens(address: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(address);
  const socket = connect({
    host: hostname,
    port: Number(port) || (protocol === "https:" ? 443 : 80),
    timeout: LOOK_MS,
  });
  return new Promise((resolve) => {
    const done = (listens: boolean) => () => {
      socket.destroy();
      resolve(listens);
    };
    socket.once("connect", done(true)).once("error", done(false)).once("timeout", done(false));
  });
}
