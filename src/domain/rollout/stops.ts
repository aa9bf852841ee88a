import type { FleetSnapshot } from "../reconcile/fleet-snapshot.ts";
import type { Freeze } from "#schemas/types.ts";

/** A freeze that holds for a script now. */
export interface Stop {
  /** The freeze's scope, such as "region:eu-west-1". */
  readonly freeze: string;
  readonly reason: string;
  readonly by: string;
  /** Epoch milliseconds; null when only a command ends it. */
  readonly untilMs: number | null;
  /** The only region it holds in; null for all. */
  readonly region: string | null;
}

/** The freezes in force that concern a script, but for those that let this commit of it through. */
export function stopsFor(
  { freezes, groups }: Pick<FleetSnapshot, "freezes" | "groups">,
  script: string,
  commit: string,
  nowMs: number,
): Stop[] {
  const stops: Stop[] = [];
  for (const freeze of freezes.values()) {
    const untilMs = freeze.until === undefined ? null : Date.parse(freeze.until);
    if ((untilMs !== null && untilMs <= nowMs) || isAllowed(freeze, script, commit)) continue;
    const [kind, name = ""] = freeze.scope.split(":", 2);
    const concerns =
      kind === "fleet" ||
      kind === "region" ||
      (kind === "script" && name === script) ||
      (kind === "group" && groups.get(name)?.scripts.includes(script) === true);
    if (!concerns) continue;
    const region = kind === "region" ? name : null;
    stops.push({ freeze: freeze.scope, reason: freeze.reason, by: freeze.by, untilMs, region });
  }
  return stops;
}

/** The stop in one of these regions that lasts longest; null when they may change. */
export function stopIn(stops: readonly Stop[], regions: readonly string[]): Stop | null {
  const endOf = (stop: Stop): number => stop.untilMs ?? Number.POSITIVE_INFINITY;
  const found = stops.filter((stop) => stop.region === null || regions.includes(stop.region));
  return found.toSorted((a, b) => endOf(b) - endOf(a))[0] ?? null;
}

function isAllowed(freeze: Freeze, script: string, commit: string): boolean {
  return (freeze.allow ?? []).some(
    (exception) =>
      exception.script === script && (exception.commit === undefined || exception.commit === commit),
  );
}
