import { freezesOver, isInForce } from "../operations/stops-in-force.ts";
import type { FleetSnapshot } from "../reconcile/fleet-snapshot.ts";

/** Why no new run of a script may start: a freeze, a pause or a kill; null when one may. */
export function canaryBlocked(
  snapshot: FleetSnapshot,
  script: string,
  version: string,
  nowMs: number,
): string | null {
  const freeze = freezesOver(snapshot, script, nowMs)[0];
  if (freeze) return `${freeze.scope} is frozen: ${freeze.reason}`;
  const hold = snapshot.holds.get(`${script}@${version}`);
  if (hold?.mode === "pause") return `paused by ${hold.by}: ${hold.reason}`;
  const kill = [`script:${script}`, `script:${script}@${version}`]
    .map((scope) => snapshot.kills.get(scope))
    .find((known) => known !== undefined && isInForce(known, nowMs));
  return kill ? `stopped by ${kill.by}: ${kill.reason}` : null;
}
