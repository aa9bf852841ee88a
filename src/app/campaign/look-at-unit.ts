import { assertNever } from "#domain/assert-never.ts";
import type { CampaignUnit, LookResult, UnitLook, UnitPull } from "#domain/campaign/campaign-unit.ts";
import { importedNames } from "#domain/campaign/imported-names.ts";
import { isSourceFile } from "#domain/campaign/project-layout.ts";
import type { RepositoryOutcome } from "#domain/campaign/repository-outcome.ts";
import type { UpgradeForge } from "#domain/campaign/upgrade-forge.ts";
import type { UpgradeGoal } from "#domain/campaign/upgrade-goal.ts";
import { CodeHostError, type GitMirror, type PullRequest } from "#domain/ports.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import type { ScopedRepository } from "./campaign-scope.ts";
import { upgradeRepository } from "./upgrade-repository.ts";
import type { UpgradeRun } from "./upgrade-run.ts";

export interface UnitVisit {
  readonly unit: CampaignUnit;
  readonly scoped: ScopedRepository;
  /** The commit of the unit's branch. */
  readonly head: string;
  readonly goal: UpgradeGoal;
  readonly run: Omit<UpgradeRun, "goal" | "mayOpen" | "evidence">;
  readonly mayOpen: boolean;
  readonly evidence: string;
}

/** Branches on which fixes for older versions go. */
const VERSION_BRANCHES = "versions/";
const SOURCES_MAX = 300;
const SOURCE_BYTES_MAX = 256 * 1024;

/**
 * Finds out what the upgrade means for a branch and, where that is allowed, opens or updates its pull request. What fails in
 * this repository alone becomes part of the unit. Throws `CodeHostError` when GitHub cannot be asked at all.
 */
export async function lookAtUnit(
  context: Pick<ReconcilerContext, "host" | "clock" | "mirrorOf">,
  visit: UnitVisit,
): Promise<CampaignUnit> {
  const { unit, scoped, goal, run } = visit;
  const { repository } = scoped;
  const isDefault = unit.base === repository.defaultBranch;
  const outcome = await outcomeOf(visit, isDefault ? null : unit.base);
  const atMs = context.clock.now();
  const number = outcome.pullRequest?.number ?? unit.pull?.number;
  const seen = number === undefined ? null : await context.host.pullRequest(repository, number);
  const pull = seen === null ? null : pullOf(unit, seen, outcome, atMs);
  const result = resultOf(outcome);
  const look: UnitLook = {
    atMs,
    head: visit.head,
    aim: goal.key,
    result,
    uses: outcome.uses ?? (result.kind === "notNeeded" ? [] : (unit.look?.uses ?? [])),
    imports: await importsOf(context.mirrorOf(repository), visit, result),
    versions: isDefault ? await versionsOf(run.forge, repository.fullName) : [],
  };
  const isSame = pull !== null && pull.headSha === unit.judged?.headSha;
  return { ...unit, repository: repository.fullName, look, pull, judged: isSame ? unit.judged : null };
}

async function outcomeOf(visit: UnitVisit, base: string | null): Promise<RepositoryOutcome> {
  const { scoped, goal, run, mayOpen, evidence } = visit;
  const { fullName } = scoped.repository;
  try {
    return await upgradeRepository(fullName, { ...run, goal, mayOpen, evidence }, base);
  } catch (error) {
    // A limit or an outage concerns all of them.
    if (error instanceof CodeHostError && error.kind === "transient") throw error;
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown error";
    return { repository: fullName, outcome: "failed", reason: reason.slice(0, 500) };
  }
}

function resultOf(outcome: RepositoryOutcome): LookResult {
  const { outcome: kind, reason, notes, version } = outcome;
  switch (kind) {
    case "absent":
      return { kind: "notNeeded", why: "it does not use the library" };
    case "upToDate":
      return { kind: "notNeeded", why: reason ?? "it has the version already" };
    case "transitiveOnly":
      return { kind: "notNeeded", why: "it uses the library only through others" };
    case "declined":
    case "humanCommit":
      return { kind: "blocked", by: "person", reason: reason ?? "a person decided otherwise" };
    case "alert":
      return { kind: "blocked", by: "noFix", reason: reason ?? "there is no fixed version" };
    case "failed":
      return { kind: "blocked", by: "failure", reason: reason ?? "it failed" };
    case "unchanged":
      if (version !== undefined) return { kind: "needed" };
      return { kind: "notNeeded", why: notes?.[0] ?? reason ?? "its uses are left alone" };
    case "opened":
    case "updated":
    case "rebased":
      return { kind: "needed" };
    default:
      return assertNever(kind);
  }
}

function pullOf(unit: CampaignUnit, seen: PullRequest, outcome: RepositoryOutcome, atMs: number): UnitPull {
  const known = unit.pull?.number === seen.number ? unit.pull : null;
  const isRewritten = outcome.outcome !== "unchanged";
  const isPushed = known !== null && known.headSha !== seen.head.sha;
  const pushedAtMs = isPushed ? atMs : known?.pushedAtMs;
  return {
    number: seen.number,
    url: seen.url,
    headSha: seen.head.sha,
    version: outcome.version ?? known?.version ?? "",
    state: seen.state,
    openedAtMs: known?.openedAtMs ?? atMs,
    endedAtMs: seen.state === "open" ? null : (known?.endedAtMs ?? atMs),
    evidence: isRewritten || known?.headSha !== seen.head.sha ? null : known.evidence,
    ...(pushedAtMs !== undefined && { pushedAtMs }),
    ...(known?.refusedSha !== undefined && { refusedSha: known.refusedSha }),
    ...(known?.chase !== undefined && { chase: known.chase }),
  };
}

async function versionsOf(forge: UpgradeForge, repository: string): Promise<UnitLook["versions"]> {
  return forge.branchesUnder(repository, VERSION_BRANCHES);
}

/** What the unit's scripts import of the library; read from the mirror as far as it has come. */
async function importsOf(
  mirror: GitMirror,
  { unit, scoped, head, goal }: UnitVisit,
  result: LookResult,
): Promise<readonly string[]> {
  if (result.kind !== "needed") return [];
  if (unit.look?.head === head && unit.look.result.kind === "needed") return unit.look.imports;
  if (!(await mirror.has(head))) return [];
  const paths = (await mirror.list(head, "."))
    .map(({ path }) => path)
    .filter((path) => isSourceFile(path) && scoped.scripts.some((script) => isInside(script.path, path)))
    .slice(0, SOURCES_MAX);
  const texts = await mirror.read(head, paths, SOURCE_BYTES_MAX);
  const names = [...texts.values()].flatMap((text) => importedNames(text, goal.library));
  return [...new Set(names)].sort();
}

function isInside(folder: string, file: string): boolean {
  return folder === "." || file.startsWith(`${folder}/`);
}
