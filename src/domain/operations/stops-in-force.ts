import type { Freeze } from "#schemas/types.ts";
import type { FleetSnapshot } from "../reconcile/fleet-snapshot.ts";

/** Whether a freeze or kill still holds: expired ones count as absent. */
export function isInForce(stop: { readonly until?: string }, nowMs: number): boolean {
  return stop.until === undefined || Date.parse(stop.until) > nowMs;
}

/** The freezes in force that keep a script from changing, in at least one region. */
export function freezesOver(snapshot: FleetSnapshot, script: string, nowMs: number): Freeze[] {
  return [...snapshot.freezes.values()].filter(
    (freeze) => isInForce(freeze, nowMs) && covers(snapshot, freeze.scope, script),
  );
}

function covers(snapshot: FleetSnapshot, scope: string, script: string): boolean {
  const [kind, name = ""] = scope.split(":", 2);
  switch (kind) {
    case "fleet":
    case "region":
      return true;
    case "group":
      return snapshot.groups.get(name)?.scripts.includes(script) ?? false;
    default:
      return name === script;
  }
}
