import { accountById, installationFor } from "./accounts.ts";
import type { Github } from "./github.ts";
import type { Webhook } from "./openapi/used.ts";
import type { Account, Repository } from "./records.ts";
import { organizationSimple, simpleUser } from "./representations/account.ts";
import { nodeId, type Json } from "./representations/json.ts";
import { repositoryJson } from "./representations/repository.ts";

/** Where something happened and who did it. */
export type Scene = { github: Github; repository: Repository; sender: Account };

/** Events every app gets, whether it subscribed or not. */
const ALWAYS_SENT = new Set(["installation", "installation_repositories"]);

/** The events of our webhooks, dashed; the longer of two that fit comes first. */
const EVENTS = [
  "check-run",
  "create",
  "delete",
  "deployment-status",
  "deployment",
  "installation-repositories",
  "installation",
  "issue-comment",
  "issues",
  "pull-request-review",
  "pull-request",
  "push",
  "repository",
  "status",
];

/** Queues a webhook about a repository. `payload` is what is special to this event. */
export function emit({ github, repository, sender }: Scene, webhook: Webhook, payload: Json): void {
  const { event, action } = eventOf(webhook);
  if (!ALWAYS_SENT.has(event) && !github.app.events.includes(event)) return;
  const installation = installationFor(github, repository.ownerId);
  const owner = accountById(github, repository.ownerId);
  send(github, webhook, installation.id, repository.id, {
    ...(action === null ? {} : { action }),
    repository: repositoryJson(github, repository),
    sender: simpleUser(github, sender),
    installation: { id: installation.id, node_id: nodeId("Installation", installation.id) },
    ...(owner.kind === "Organization" ? { organization: organizationSimple(github, owner) } : {}),
    ...payload,
  });
}

/** Queues a webhook whose whole body is given: those about installations. */
export function send(
  github: Github,
  webhook: Webhook,
  installationId: number,
  repositoryId: number | null,
  body: Json,
): void {
  const { event, action } = eventOf(webhook);
  const problems = github.validator?.webhook(webhook, body) ?? [];
  if (problems.length > 0) github.log.error({ webhook, problems }, "webhook does not fit its schema");
  github.deliveries.add({ event, action, installationId, repositoryId }, JSON.stringify(body));
}

function eventOf(webhook: Webhook): { event: string; action: string | null } {
  const dashed = EVENTS.find((event) => webhook === event || webhook.startsWith(`${event}-`)) ?? webhook;
  const action = webhook.slice(dashed.length + 1).replaceAll("-", "_");
  return { event: dashed.replaceAll("-", "_"), action: action === "" ? null : action };
}
