import { isBrokenManifest } from "../revisions.ts";
import type { World } from "../world.ts";
import type { Ledger } from "./ledger.ts";
import type { WorldFacts } from "./world-facts.ts";

/** What was just written to GitHub is there once, and says what is true of exactly that commit. */
export function checkEffects(world: World, identity: string, facts: WorldFacts, ledger: Ledger): void {
  const [kind, ...rest] = identity.split(" ");
  if (kind === "check") return checkCheckRun(world, rest, facts, ledger);
  if (kind === "comment") return checkComment(world, rest, ledger);
  if (kind === "pull") return checkPull(world, rest, ledger);
  if (kind === "deployment") return checkDeployment(world, rest, ledger);
}

function checkCheckRun(
  world: World,
  [repositoryId = "", externalId = ""]: readonly string[],
  facts: WorldFacts,
  ledger: Ledger,
): void {
  const { checks, pulls, commits } = world.github.repository(Number(repositoryId));
  const own = checks.filter(({ check }) => check.externalId === externalId);
  ledger.check(7, own.length === 1, () => `${own.length} check runs have the identity ${externalId}`);
  const check = own[0]?.check;
  if (check?.outcome.status !== "completed") return;
  // Once it is merged, the check tells how its rollouts are.
  const pull = [...pulls.values()].find((one) => one.headSha === check.headSha);
  if (pull?.state === "merged") return;
  const expected = facts.verdicts.get(check.headSha);
  if (expected === undefined || check.outcome.conclusion === "neutral") return;
  // Whether a promise can be kept depends on the hour and on fleet.yaml, not on the commit alone.
  if (/would take|completeWithin|can never start/.test(`${check.title} ${check.summary}`)) return;
  const said = check.outcome.conclusion === "success" ? "valid" : "invalid";
  // What is checked is the merge: the base may have broken a manifest that the branch leaves alone.
  const merge = commits.get(pull?.mergeCommit ?? "");
  if (said === "invalid" && merge && [...merge.files.values()].some(isBrokenManifest)) return;
  ledger.check(
    6,
    said === expected,
    () => `the check of ${check.headSha.slice(0, 7)} says ${said}, which is ${expected}: ${check.title}`,
  );
}

function checkComment(world: World, [place = ""]: readonly string[], ledger: Ledger): void {
  const [repositoryId, issue] = place.split("#").map(Number);
  const { comments } = world.github.repository(repositoryId ?? 0);
  const own = comments.filter((comment) => comment.issue === issue);
  ledger.check(7, own.length === 1, () => `${own.length} comments of ours on ${place}`);
}

function checkPull(world: World, [repositoryId = "", branch = ""]: readonly string[], ledger: Ledger): void {
  const { pulls } = world.github.repository(Number(repositoryId));
  const own = [...pulls.values()].filter((pull) => pull.branch === branch);
  ledger.check(7, own.length === 1, () => `${own.length} pull requests from ${branch}`);
}

function checkDeployment(
  world: World,
  [repositoryId = "", environment = "", rolloutId = ""]: readonly string[],
  ledger: Ledger,
): void {
  const { deployments } = world.github.repository(Number(repositoryId));
  const own = deployments.filter(
    ({ deployment }) => deployment.rolloutId === rolloutId && deployment.environment === environment,
  );
  ledger.check(7, own.length === 1, () => `${own.length} deployments of ${rolloutId} to ${environment}`);
  for (const { deployment } of own) {
    ledger.check(
      6,
      rolloutId.endsWith(`-${deployment.sha.slice(0, 7)}`),
      () => `the deployment of ${rolloutId} is about ${deployment.sha}`,
    );
  }
}
