import type { PullRequest, Repository } from "#domain/ports.ts";
import type { CommandName } from "#domain/pull-request/comment-commands.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";

/**
 * Whether a person may give a command now. Asking is for whoever may write to the repository, and for the author of the
 * pull request; what moves its scripts is for whoever may write; freezes are for the fleet's operators: users that
 * fleet.yaml names, and whoever may write to the fleet repository and could so commit the freeze by hand.
 */
export async function mayCommand(
  context: Pick<ReconcilerContext, "host" | "fleet">,
  repository: Repository,
  pull: PullRequest,
  login: string,
  name: CommandName,
): Promise<boolean> {
  if (name === "freeze" || name === "unfreeze") return isOperator(context, login);
  if ((name === "help" || name === "plan") && pull.author === login) return true;
  return canWrite(context, repository, login);
}

async function isOperator(
  context: Pick<ReconcilerContext, "host" | "fleet">,
  login: string,
): Promise<boolean> {
  const operators = (await context.fleet.current())?.fleet.operators ?? [];
  const same = (operator: string) => operator.toLowerCase() === `@${login.toLowerCase()}`;
  if (operators.some(same)) return true;
  const source = await context.fleet.source();
  return source !== null && canWrite(context, source.repository, login);
}

async function canWrite(
  { host }: Pick<ReconcilerContext, "host">,
  repository: Repository,
  login: string,
): Promise<boolean> {
  const permission = await host.permissionOf(repository, login);
  return permission === "write" || permission === "admin";
}
