import { assertNever } from "../assert-never.ts";
import { closest } from "../manifest/closest.ts";
import type { FleetSnapshot } from "../reconcile/fleet-snapshot.ts";
import type { OperationFacts } from "./operation-facts.ts";
import type { OperationTarget } from "./operation.ts";
import { formatTarget } from "./operation-target.ts";
import { type OperationError, refuse } from "./operation-plan.ts";

export interface TargetScript {
  readonly name: string;
  readonly version: string;
}

type TargetScripts =
  | { readonly ok: true; readonly scripts: readonly TargetScript[] }
  | { readonly ok: false; readonly error: OperationError };

/** The versions of scripts that a target means: declared ones, and ones that a region still serves. */
export function targetScripts(
  snapshot: FleetSnapshot,
  facts: OperationFacts,
  target: OperationTarget,
): TargetScripts {
  const all = knownVersions(snapshot, facts);
  switch (target.kind) {
    case "script": {
      const named = all.filter(
        (script) =>
          script.name === target.name && (target.version === null || script.version === target.version),
      );
      if (named.length > 0) return { ok: true, scripts: named };
      return unknownScript(all, target.name, target.version);
    }
    case "group": {
      const group = snapshot.groups.get(target.name);
      if (!group) return unknownGroup(snapshot, target.name);
      return { ok: true, scripts: all.filter((script) => group.scripts.includes(script.name)) };
    }
    case "selector": {
      const chosen = facts.scripts.filter((script) =>
        Object.entries(target.labels).every(([key, value]) => script.labels[key] === value),
      );
      if (chosen.length > 0) return { ok: true, scripts: chosen };
      return refuse("unknownTarget", `No script has the labels ${formatTarget(target).slice(3)}.`);
    }
    case "region":
      if (snapshot.fleet.regions.some((region) => region.name === target.name))
        return { ok: true, scripts: all };
      return unknownRegion(snapshot, target.name);
    case "fleet":
      return { ok: true, scripts: all };
    default:
      return assertNever(target);
  }
}

/** The atomic group that a script belongs to: its members are operated together or not at all. */
export function atomicGroupOf(snapshot: Pick<FleetSnapshot, "groups">, script: string): string | null {
  for (const group of snapshot.groups.values())
    if (group.atomic && group.scripts.includes(script)) return group.name;
  return null;
}

function knownVersions(snapshot: FleetSnapshot, facts: OperationFacts): TargetScript[] {
  const known = new Map<string, TargetScript>();
  for (const { name, version } of facts.scripts) known.set(`${name}@${version}`, { name, version });
  for (const releases of snapshot.releases.values()) {
    for (const { script, version } of releases.values())
      known.set(`${script}@${version}`, { name: script, version });
  }
  return [...known.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, script]) => script);
}

function unknownScript(all: readonly TargetScript[], name: string, version: string | null): TargetScripts {
  const versions = all.filter((script) => script.name === name).map((script) => script.version);
  if (versions.length > 0)
    return refuse("unknownTarget", `${name} has no version ${version ?? ""}, only ${versions.join(", ")}.`);
  const names = new Set(all.map((script) => script.name));
  return refuse("unknownTarget", `There is no script ${name}.${meant(name, names)}`);
}

function unknownGroup(snapshot: FleetSnapshot, name: string): TargetScripts {
  return refuse("unknownTarget", `There is no group ${name}.${meant(name, snapshot.groups.keys())}`);
}

function unknownRegion(snapshot: FleetSnapshot, name: string): TargetScripts {
  const names = snapshot.fleet.regions.map((region) => region.name);
  return refuse("unknownTarget", `There is no region ${name}.${meant(name, names)}`);
}

function meant(word: string, candidates: Iterable<string>): string {
  const near = closest(word, candidates);
  return near === null ? "" : ` Did you mean ${near}?`;
}
