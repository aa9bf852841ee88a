import type { Freeze } from "#schemas/types.ts";
import { assertNever } from "../assert-never.ts";
import type { FleetSnapshot } from "../reconcile/fleet-snapshot.ts";
import type { OperationFacts } from "./operation-facts.ts";
import { type OperationPlan, type PartialPlan, refuse } from "./operation-plan.ts";
import { groupRollback } from "./group-rollback.ts";
import { formatTarget } from "./operation-target.ts";
import type { Operation } from "./operation.ts";
import { holdSubject, planAbort, planPause, planResume, planRollback } from "./plan-hold.ts";
import { planPromote } from "./plan-promote.ts";
import { planFreeze, planKill, planUnfreeze, planUnkill, type StopScope } from "./plan-stop.ts";
import { atomicGroupOf, targetScripts, type TargetScript } from "./target-scripts.ts";
import { undoOf } from "./undo-of.ts";

const yearMs = 366 * 86_400_000;
const refusalsShown = 3;

/** What an operation changes in the fleet repository. Only compares: asked again on the same state it plans the same. */
export function planOperation(
  snapshot: FleetSnapshot,
  facts: OperationFacts,
  operation: Operation,
  nowMs: number,
): OperationPlan {
  const { kind, untilMs } = operation;
  if (untilMs !== null && (untilMs <= nowMs || untilMs > nowMs + yearMs))
    return refuse("invalidTime", "It must end in the future, and within a year.");
  switch (kind) {
    case "pause":
    case "resume":
    case "abort":
    case "rollback":
    case "promote":
      return untilMs === null
        ? planForScripts(snapshot, facts, operation, nowMs)
        : refuse("invalidTime", `Only a freeze or a kill can end by itself; a ${kind} cannot.`);
    case "freeze":
    case "unfreeze":
    case "kill":
    case "unkill":
      return planForScopes(snapshot, facts, operation, nowMs);
    default:
      return assertNever(kind);
  }
}

function planForScripts(
  snapshot: FleetSnapshot,
  facts: OperationFacts,
  operation: Operation,
  nowMs: number,
): OperationPlan {
  const { kind, target } = operation;
  if (target.kind === "region" || target.kind === "fleet") {
    const scope = formatTarget(target);
    return refuse(
      "unsupportedTarget",
      `${kind} is for scripts, a group or a label selector. To stop changes in ${scope} use freeze ${scope}.`,
    );
  }
  const found = targetScripts(snapshot, facts, target);
  if (!found.ok) return found;
  const apart = memberApart(snapshot, operation);
  if (apart !== null) return apart;
  if (kind === "rollback" && target.kind === "group" && snapshot.groups.get(target.name)?.atomic)
    return planGroupRollback(snapshot, facts, operation, found.scripts);
  const parts: NamedPlan[] = [];
  let planned = snapshot;
  for (const script of found.scripts) {
    const plan = planForScript(planned, facts, operation, nowMs, script);
    // Members share a freeze's file, so each adds its exception to what the one before it left.
    if (plan.ok && plan.freezes) planned = withFreezes(planned, plan.freezes);
    parts.push({ name: `${script.name}@${script.version}`, plan });
  }
  const torn = tornGroup(snapshot, operation, parts);
  return torn ?? capped(snapshot, facts, operation, merged(operation, parts));
}

function planGroupRollback(
  snapshot: FleetSnapshot,
  facts: OperationFacts,
  operation: Operation,
  scripts: readonly TargetScript[],
): OperationPlan {
  const subjects = scripts.map((script) => holdSubject(snapshot, facts, script));
  const points = groupRollback(subjects, facts, operation.toCommit);
  if (!points.ok) return points;
  const parts = subjects.flatMap((subject): NamedPlan[] => {
    const to = points.to.get(subject.key);
    return to
      ? [{ name: subject.key, plan: planRollback(subject, { ...operation, toCommit: to.commit }) }]
      : [];
  });
  const refused = parts.map(({ plan }) => plan).find((plan) => !plan.ok);
  return refused ?? merged(operation, parts);
}

/** A wave of an atomic group is promoted for all members that move or for none. */
function tornGroup(
  snapshot: FleetSnapshot,
  { kind, target }: Operation,
  parts: readonly NamedPlan[],
): Extract<OperationPlan, { ok: false }> | null {
  if (kind !== "promote" || target.kind !== "group" || !snapshot.groups.get(target.name)?.atomic) return null;
  const refused = parts.map(({ plan }) => plan).find((plan) => !plan.ok);
  return refused && !refused.ok && parts.some(({ plan }) => plan.ok)
    ? refuse(refused.error.kind, `Nothing was changed, for members go together: ${refused.error.message}`)
    : null;
}

function planForScript(
  snapshot: FleetSnapshot,
  facts: OperationFacts,
  operation: Operation,
  nowMs: number,
  script: TargetScript,
): PartialPlan {
  const subject = holdSubject(snapshot, facts, script);
  switch (operation.kind) {
    case "pause":
      return planPause(subject, operation);
    case "resume":
      return planResume(subject);
    case "abort":
      return planAbort(subject, operation);
    case "rollback":
      return planRollback(subject, operation);
    case "promote":
      return planPromote(snapshot, subject, facts, operation, nowMs);
    default:
      throw new Error(`${operation.kind} is not for single scripts`);
  }
}

/** Members of an atomic group move together, so one of them alone can be paused but neither taken back nor sent ahead. */
function memberApart(snapshot: FleetSnapshot, { kind, target }: Operation) {
  if (target.kind !== "script" || (kind !== "abort" && kind !== "rollback" && kind !== "promote"))
    return null;
  const group = atomicGroupOf(snapshot, target.name);
  if (group === null) return null;
  return refuse(
    "unsupportedTarget",
    `${target.name} changes together with the other scripts of its group. Use ${kind} group:${group}.`,
  );
}

function planForScopes(
  snapshot: FleetSnapshot,
  facts: OperationFacts,
  operation: Operation,
  nowMs: number,
): OperationPlan {
  const { kind, target, toCommit } = operation;
  if (toCommit !== null) return refuse("unsupportedTarget", "Only a rollback goes to a revision.");
  if (target.kind === "script" && target.version !== null && (kind === "freeze" || kind === "unfreeze")) {
    return refuse(
      "unsupportedTarget",
      `A freeze is of a script with all its versions: use ${kind} ${target.name}, or pause ${formatTarget(target)}.`,
    );
  }
  const scopes = scopesOf(snapshot, facts, operation);
  if (!scopes.ok) return scopes;
  const parts = scopes.scopes.map((scope) => ({
    name: scope,
    plan: planForScope(snapshot, scope, operation, nowMs),
  }));
  return capped(snapshot, facts, operation, merged(operation, parts));
}

function planForScope(
  snapshot: FleetSnapshot,
  scope: StopScope,
  operation: Operation,
  nowMs: number,
): PartialPlan {
  switch (operation.kind) {
    case "freeze":
      return planFreeze(snapshot, scope, operation);
    case "unfreeze":
      return planUnfreeze(snapshot, scope, nowMs);
    case "kill":
      return planKill(snapshot, scope, operation);
    case "unkill":
      return planUnkill(snapshot, scope, nowMs);
    default:
      throw new Error(`${operation.kind} is not for scopes`);
  }
}

/** A selector has no scope of its own: its scripts are frozen or stopped one by one. */
function scopesOf(snapshot: FleetSnapshot, facts: OperationFacts, { kind, target }: Operation) {
  const isEnd = kind === "unfreeze" || kind === "unkill";
  const scope = target.kind === "script" ? `script:${formatTarget(target)}` : formatTarget(target);
  // What was frozen or stopped can be let go even if the thing itself is gone.
  const stops = kind === "unfreeze" || kind === "freeze" ? snapshot.freezes : snapshot.kills;
  if (isEnd && stops.has(scope)) return { ok: true, scopes: [scope] } as const;
  const found = targetScripts(snapshot, facts, target);
  if (!found.ok) return found;
  if (target.kind !== "selector") return { ok: true, scopes: [scope] } as const;
  return { ok: true, scopes: [...new Set(found.scripts.map(({ name }) => `script:${name}`))] } as const;
}

function withFreezes(snapshot: FleetSnapshot, freezes: readonly Freeze[]): FleetSnapshot {
  const changed = freezes.map((freeze) => [freeze.scope, freeze] as const);
  return { ...snapshot, freezes: new Map([...snapshot.freezes, ...changed]) };
}

interface NamedPlan {
  readonly name: string;
  readonly plan: PartialPlan;
}

function merged(operation: Operation, parts: readonly NamedPlan[]): OperationPlan {
  const refusals = parts.flatMap(({ plan }) => (plan.ok ? [] : [plan.error]));
  const done = parts.flatMap(({ name, plan }) => (plan.ok ? [{ name, ...plan }] : []));
  const [first] = refusals;
  const [only] = done;
  if (!only) {
    const rest = refusals.length > refusalsShown ? ` And ${refusals.length - refusalsShown} more.` : "";
    const shown = refusals.slice(0, refusalsShown).map(({ message }) => message);
    return refuse(first?.kind ?? "nothingToDo", `${shown.join(" ") || "There is nothing to change."}${rest}`);
  }
  // The last text of a path holds those before it.
  const changes = [
    ...new Map(done.flatMap((part) => part.changes).map((change) => [change.path, change])).values(),
  ];
  const words =
    done.length === 1 ? only.words : `${operation.kind} ${done.length} of ${formatTarget(operation.target)}`;
  const skipped = first && refusals.length > 0 ? `; left alone: ${first.message}` : "";
  return {
    ok: true,
    changes,
    affected: done.map(({ name }) => name),
    summary: `${words.charAt(0).toUpperCase()}${words.slice(1)}${skipped}`,
    undo: undoOf(operation),
  };
}

/** A selector may match more than its writer thinks, so taking many scripts back by one needs their number said. */
function capped(
  snapshot: FleetSnapshot,
  facts: OperationFacts,
  { kind, target, confirmed }: Operation,
  plan: OperationPlan,
): OperationPlan {
  const isTaking = kind === "abort" || kind === "rollback" || kind === "promote" || kind === "kill";
  if (!plan.ok || target.kind !== "selector" || !isTaking) return plan;
  const count = plan.affected.length;
  const capPct = snapshot.fleet.caps.removePct;
  const most = Math.max(1, Math.floor((facts.scripts.length * capPct) / 100));
  if (count <= most || confirmed === count) return plan;
  return refuse(
    "overCap",
    `This would ${kind} ${count} of ${facts.scripts.length} scripts, and fleet.yaml lets a selector change ${most} at once (removePct ${capPct}). Narrow it, or confirm the number with --confirm ${count}.`,
  );
}
