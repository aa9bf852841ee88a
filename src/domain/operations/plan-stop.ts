import type { Freeze, Kill } from "#schemas/types.ts";
import type { FleetSnapshot } from "../reconcile/fleet-snapshot.ts";
import { freezePath, freezeText, killPath, killText } from "../reconcile/stop-files.ts";
import { type PartialPlan, refuse } from "./operation-plan.ts";
import type { Operation } from "./operation.ts";
import { isInForce } from "./stops-in-force.ts";

/** A scope as the files name it: fleet, region:R, group:G, script:NAME or script:NAME@V. */
export type StopScope = string;

export function planFreeze(snapshot: FleetSnapshot, scope: StopScope, operation: Operation): PartialPlan {
  const { reason, by, askedAtMs, untilMs } = operation;
  const freeze: Freeze = {
    kind: "Freeze",
    scope,
    reason,
    by,
    at: new Date(askedAtMs).toISOString(),
    ...(untilMs !== null && { until: new Date(untilMs).toISOString() }),
  };
  const before = snapshot.freezes.get(scope);
  // Hotfixes that were let through stay so when a freeze is prolonged.
  const allow = before && isInForce(before, askedAtMs) ? before.allow : undefined;
  const content = freezeText(allow ? { ...freeze, allow } : freeze);
  return {
    ok: true,
    changes: [{ path: freezePath(scope), content }],
    words: `freeze ${scope}${end(untilMs)}`,
  };
}

export function planUnfreeze(snapshot: FleetSnapshot, scope: StopScope, nowMs: number): PartialPlan {
  if (snapshot.freezes.has(scope))
    return { ok: true, changes: [{ path: freezePath(scope), content: null }], words: `unfreeze ${scope}` };
  return refuse("nothingToDo", `${scope} is not frozen.${inForce(snapshot.freezes, "frozen", nowMs)}`);
}

/** A script stops everywhere at once; anything wider begins in one region, and the reconciler goes on from there. */
export function planKill(snapshot: FleetSnapshot, scope: StopScope, operation: Operation): PartialPlan {
  const { reason, by, askedAtMs, untilMs } = operation;
  const before = snapshot.kills.get(scope);
  const already = before && isInForce(before, askedAtMs) ? before.regions : [];
  const kill: Kill = {
    kind: "Kill",
    scope,
    reason,
    by,
    at: new Date(askedAtMs).toISOString(),
    ...(untilMs !== null && { until: new Date(untilMs).toISOString() }),
    regions: [...new Set([...already, ...firstRegions(snapshot, scope)])],
  };
  const change = { path: killPath(scope), content: killText(kill) };
  return { ok: true, changes: [change], words: `stop ${scope}${end(untilMs)}` };
}

export function planUnkill(snapshot: FleetSnapshot, scope: StopScope, nowMs: number): PartialPlan {
  if (snapshot.kills.has(scope))
    return { ok: true, changes: [{ path: killPath(scope), content: null }], words: `start ${scope} again` };
  return refuse("nothingToDo", `${scope} is not stopped.${inForce(snapshot.kills, "stopped", nowMs)}`);
}

function firstRegions(snapshot: FleetSnapshot, scope: StopScope): string[] {
  const all = snapshot.fleet.regions.map((region) => region.name);
  if (scope.startsWith("script:")) return all;
  return scope.startsWith("region:") ? [scope.slice("region:".length)] : all.slice(0, 1);
}

function inForce(
  stops: ReadonlyMap<string, { readonly until?: string }>,
  word: string,
  nowMs: number,
): string {
  const scopes = [...stops].filter(([, stop]) => isInForce(stop, nowMs)).map(([scope]) => scope);
  return scopes.length === 0
    ? ` Nothing is ${word}.`
    : ` ${word === "frozen" ? "Frozen" : "Stopped"} now: ${scopes.slice(0, 10).join(", ")}.`;
}

function end(untilMs: number | null): string {
  return untilMs === null ? "" : ` until ${new Date(untilMs).toISOString().slice(0, 16)}Z`;
}
