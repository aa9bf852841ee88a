import type { Kill } from "#schemas/types.ts";
import type { Alarm } from "../rollout/region-alarms.ts";
import type { FleetSnapshot } from "./fleet-snapshot.ts";
import { killPath, killText } from "./stop-files.ts";
import type { FileChange } from "../ports.ts";

type Stopped = Pick<FleetSnapshot, "kills" | "groups">;

/**
 * The kill that keeps one version of a script from answering in a region. Not a matter of time: a kill ends with its
 * file, so that a region's document says the same whenever it is made.
 */
export function killOf(snapshot: Stopped, region: string, script: string, version: string): Kill | null {
  for (const kill of snapshot.kills.values()) {
    if (kill.regions.includes(region) && covers(snapshot, kill, region, script, version)) return kill;
  }
  return null;
}

function covers({ groups }: Stopped, kill: Kill, region: string, script: string, version: string): boolean {
  const [kind, name = ""] = kill.scope.split(":", 2);
  switch (kind) {
    case "fleet":
      return true;
    case "region":
      return name === region;
    case "group":
      return groups.get(name)?.scripts.includes(script) === true;
    default:
      return name === script || name === `${script}@${version}`;
  }
}

/** A node, as far as kills are concerned. */
export interface KillWitness {
  readonly region: string;
  /** Of the document that it last said to be in force; null before the first. */
  readonly generation: number | null;
  readonly isSilent: boolean;
}

export interface KillPlan {
  readonly changes: readonly FileChange[];
  /** One line for each change. */
  readonly said: readonly string[];
  /** When a kill is to be looked at again, epoch milliseconds; null when none is. */
  readonly nextAtMs: number | null;
}

const growthRecheckMs = 2_000;

/**
 * How kills go on: one that has expired is taken away; one that is wider than a script is carried to the next region
 * once every reachable node of those before obeys it and nothing else fails there.
 */
export function planKills(
  snapshot: Pick<FleetSnapshot, "kills" | "fleet" | "generation">,
  nodes: readonly KillWitness[],
  alarms: readonly Alarm[],
  nowMs: number,
): KillPlan {
  const plan = { changes: [] as FileChange[], said: [] as string[], nextAtMs: null as number | null };
  const lookAgain = (atMs: number): void => {
    plan.nextAtMs = Math.min(plan.nextAtMs ?? atMs, atMs);
  };
  for (const kill of snapshot.kills.values()) {
    const untilMs = kill.until === undefined ? null : Date.parse(kill.until);
    if (untilMs !== null && untilMs <= nowMs) {
      plan.changes.push({ path: killPath(kill.scope), content: null });
      plan.said.push(`${kill.scope} answers again: its time is over`);
      continue;
    }
    if (untilMs !== null) lookAgain(untilMs);
    const missing = missingRegions(kill, snapshot);
    const [next] = missing;
    if (next === undefined) continue;
    if (!isObeyed(kill, snapshot.generation, nodes, alarms)) {
      lookAgain(nowMs + growthRecheckMs);
      continue;
    }
    // A script's kill is in force everywhere at once, also in a region that is new.
    const added = kill.scope.startsWith("script:") ? missing : [next];
    plan.changes.push({
      path: killPath(kill.scope),
      content: killText({ ...kill, regions: [...kill.regions, ...added] }),
    });
    plan.said.push(`${kill.scope} is stopped in ${added.join(", ")} as well`);
  }
  return plan;
}

function missingRegions(kill: Kill, { fleet }: Pick<FleetSnapshot, "fleet">): string[] {
  const [kind, name] = kill.scope.split(":", 2);
  const wanted = fleet.regions
    .map((region) => region.name)
    .filter((region) => kind !== "region" || region === name);
  return wanted.filter((region) => !kill.regions.includes(region));
}

function isObeyed(
  kill: Kill,
  generation: number,
  nodes: readonly KillWitness[],
  alarms: readonly Alarm[],
): boolean {
  if (kill.scope.startsWith("script:")) return true;
  if (alarms.some((alarm) => kill.regions.includes(alarm.region))) return false;
  return nodes
    .filter((node) => kill.regions.includes(node.region) && !node.isSilent)
    .every((node) => node.generation !== null && node.generation >= generation);
}
