import type { KnownRollout, OperationFacts, RevisionOrigin } from "#domain/operations/operation-facts.ts";
import type { OperationError, OperationPlan } from "#domain/operations/operation-plan.ts";
import { formatTarget } from "#domain/operations/operation-target.ts";
import type { Operation } from "#domain/operations/operation.ts";
import { holdSubject, knownRevisions } from "#domain/operations/plan-hold.ts";
import { planOperation } from "#domain/operations/plan-operation.ts";
import { targetScripts } from "#domain/operations/target-scripts.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { releasePath } from "#domain/reconcile/release-file.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { Revision } from "#domain/rollout/rollout-input.ts";
import type { ReconcilerContext } from "#app/reconciler/context.ts";
import { tell } from "#app/notify/tell.ts";
import { commitOnNewest, type Unavailable } from "./commit-on-newest.ts";
import { earlierRevisions } from "./earlier-revisions.ts";
import { revisionOrigins } from "./revision-origins.ts";

type OperationContext = Pick<
  ReconcilerContext,
  "records" | "queue" | "fleet" | "committer" | "bundles" | "clock" | "mirrorOf"
>;

type DonePlan = Extract<OperationPlan, { ok: true }>;

export type OperationOutcome =
  /** In the fleet repository; or, of a dry run, what would be. */
  | { readonly kind: "done"; readonly plan: DonePlan }
  | { readonly kind: "refused"; readonly error: OperationError }
  | Unavailable;

export interface OperationManner {
  /** Who asked and where, for the commit. */
  readonly cause: string;
  /** Plan, and change nothing. */
  readonly dryRun: boolean;
  /** Of something larger, whose record and notice are for all of it. */
  readonly isPart?: boolean;
}

const lineCharactersMax = 200;

/**
 * Plans an operation on the newest state and commits it to the fleet repository, once. `cause` names who asked and
 * where, and stands in the commit, so that the same request is found again after a crash. The audit row comes after the
 * commit: a crash between them loses the row, and the commit still tells who, what and why. Throws `CodeHostError` when
 * GitHub cannot be reached.
 */
export async function performOperation(
  context: OperationContext,
  operation: Operation,
  how: OperationManner,
): Promise<OperationOutcome> {
  return commitOnNewest<OperationOutcome>(
    context,
    async (snapshot) => {
      const facts = await operationFacts(context, snapshot, operation);
      const plan = planOperation(snapshot, facts, operation, context.clock.now());
      if (!plan.ok) return { change: null, answer: { kind: "refused", error: plan.error } };
      const answer = { kind: "done", plan } as const;
      if (how.dryRun) return { change: null, answer };
      const change = {
        changes: plan.changes,
        restsOn: operation.only === undefined ? [] : releaseFiles(snapshot, plan.affected),
        subject: oneLine(`${plan.summary}: ${operation.reason}`),
        cause: `${how.cause} by ${operation.by}`,
      };
      return { change, answer };
    },
    async (outcome) => {
      if (outcome.kind !== "done") return;
      if (how.isPart !== true) await record(context, operation, outcome.plan, how.cause);
      await wake(context, outcome.plan);
    },
  );
}

async function operationFacts(
  context: OperationContext,
  snapshot: FleetSnapshot,
  operation: Operation,
): Promise<OperationFacts> {
  const { records, fleet, bundles } = context;
  const scripts = (await records.listScripts())
    .filter((script) => script.declared)
    .map(({ name, version, manifest }) => ({ name, version, labels: manifest?.labels ?? {} }));
  const rollouts = await knownRollouts(records);
  const earlier = new Map<string, readonly Revision[]>();
  const slots = operation.kind === "promote" ? await slotsByRegion(records) : {};
  const origins = new Map<string, RevisionOrigin>();
  const facts: OperationFacts = { scripts, rollouts, earlier, origins, slots };
  if (operation.kind !== "rollback") return facts;
  const found = targetScripts(snapshot, facts, operation.target);
  const mirror = (await fleet.source())?.mirror;
  if (!found.ok || !mirror) return facts;
  for (const { name, version } of found.scripts)
    earlier.set(`${name}@${version}`, await earlierRevisions(mirror, bundles, snapshot, name, version));
  if (operation.target.kind !== "group") return facts;
  for (const script of found.scripts) {
    const { name, version } = script;
    const commits = knownRevisions(holdSubject(snapshot, facts, script)).map(({ commit }) => commit);
    for (const [commit, origin] of await revisionOrigins(context, name, version, commits))
      origins.set(commit, origin);
  }
  return facts;
}

/** Rollouts that have not ended, as plans see them. */
export async function knownRollouts(
  records: Pick<ReconcilerContext["records"], "listActiveRollouts">,
): Promise<KnownRollout[]> {
  return (await records.listActiveRollouts()).map(
    ({ id, script, version, digest, commit, state, startedAtMs, promisedByMs }) => ({
      id,
      script,
      version,
      revision: { digest, commit },
      phase: state.phase,
      startedAtMs,
      promisedByMs,
    }),
  );
}

async function slotsByRegion(records: OperationContext["records"]): Promise<OperationFacts["slots"]> {
  const slots: Record<string, number[]> = {};
  for (const { region, slot } of await records.listNodes()) (slots[region] ??= []).push(slot);
  return slots;
}

async function record(
  context: OperationContext,
  operation: Operation,
  plan: DonePlan,
  cause: string,
): Promise<void> {
  const { records, clock } = context;
  const { kind, by, reason, target } = operation;
  const atMs = clock.now();
  await records.appendAudit({
    atMs,
    actor: by,
    action: kind,
    subject: formatTarget(target),
    cause: `${cause}: ${reason}`,
    evidence: { affected: plan.affected, files: plan.changes.map((change) => change.path) },
    undo: plan.undo,
  });
  const subject = formatTarget(target);
  await tell(context, {
    id: `operation.${kind}.${subject}.${atMs}`,
    kind: "operation.done",
    subject,
    atMs,
    text: `${plan.summary} (${by}): ${reason}`,
    data: { kind, target: subject, by, reason, affected: plan.affected, undo: plan.undo },
  });
  await records.appendEvent({
    atMs,
    type: "operation",
    data: { kind, target: formatTarget(target), by, reason, summary: plan.summary },
  });
}

async function wake({ queue }: Pick<OperationContext, "queue">, { affected }: DonePlan): Promise<void> {
  const keys = scriptsIn(affected).map(([script, version]): ReconcileKey => `script:${script}@${version}`);
  await queue.wake(["fleet", ...keys]);
}

/** What says which revision the scripts serve. */
function releaseFiles({ fleet }: FleetSnapshot, affected: readonly string[]): string[] {
  return scriptsIn(affected).flatMap(([script, version]) =>
    fleet.regions.map(({ name }) => releasePath(name, script, version)),
  );
}

/** The versions of scripts among the names of what an operation affects. */
function scriptsIn(affected: readonly string[]): [script: string, version: string][] {
  return affected.flatMap((name): [string, string][] => {
    const [script, version] = name.split("@", 2);
    return script && version && !script.includes(":") ? [[script, version]] : [];
  });
}

/** A subject of one line: a reason must not be able to add trailers to the commit. */
function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= lineCharactersMax ? line : `${line.slice(0, lineCharactersMax - 1)}…`;
}
