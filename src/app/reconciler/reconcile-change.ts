import type { NodeRecord } from "#adapters/store/nodes.ts";
import { parseDurationMs } from "#domain/manifest/duration.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { type ChangeMember, collectChange } from "#domain/rollout/collect-change.ts";
import { decideGroup } from "#domain/rollout/decide-group.ts";
import { type RolloutDecision, collectingDecision } from "#domain/rollout/decide-rollout.ts";
import { isHeldBack } from "#domain/rollout/is-held-back.ts";
import type { Group } from "#schemas/types.ts";
import type { ReconcilerContext } from "./context.ts";
import { type ObservedScript, observeScript } from "./observe-script.ts";

const trailer = "Showrunner-Change";
const collectForMs = 3_600_000;

/**
 * The decisions for a script and for those that change with it: members of its atomic group whose merges name the same
 * change. Null when it rolls out by itself.
 */
export async function decideTogether(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  nodes: readonly NodeRecord[],
  observed: ObservedScript,
): Promise<Map<ObservedScript, RolloutDecision> | null> {
  const { name } = observed.script;
  const group = [...snapshot.groups.values()].find(
    (candidate) => candidate.atomic === true && candidate.scripts.includes(name),
  );
  if (!group) return null;
  const own = await changeMember(observed);
  if (own.changes.length === 0) return null;
  const members = await observeMembers(context, snapshot, nodes, observed, group);
  const known = new Map<ObservedScript, ChangeMember>();
  for (const member of members) known.set(member, member === observed ? own : await changeMember(member));
  const limitMs = parseDurationMs(group.collectFor ?? "") ?? collectForMs;
  const collected = collectChange(name, group.scripts, [...known.values()], limitMs);
  if (collected.kind === "alone") return null;
  // What is to be taken back does not wait for anybody.
  if (collected.kind === "collecting" && isHeldBack(observed.input)) return null;
  if (collected.kind === "collecting")
    return new Map([[observed, collectingDecision(observed.input, collected)]]);
  const together = members.filter((member) => known.get(member)?.changes.includes(collected.change));
  return decideMembers(together);
}

function decideMembers(members: readonly ObservedScript[]): Map<ObservedScript, RolloutDecision> | null {
  const ordered = members.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const policy = ordered[0]?.input.manifest.rollout;
  if (!policy) return null;
  // One timetable for all: the first member's.
  const inputs = ordered.map((member): [string, ObservedScript["input"]] => [
    keyOf(member),
    { ...member.input, manifest: { ...member.input.manifest, rollout: policy } },
  ]);
  const decisions = decideGroup(new Map(inputs));
  return new Map(
    ordered.flatMap((member) => {
      const decision = decisions.get(keyOf(member));
      return decision ? [[member, decision] as const] : [];
    }),
  );
}

function keyOf({ script }: ObservedScript): string {
  return `${script.name}@${script.version}`;
}

async function observeMembers(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  nodes: readonly NodeRecord[],
  observed: ObservedScript,
  group: Group,
): Promise<ObservedScript[]> {
  const members: ObservedScript[] = [];
  for (const { name, version, declared } of await context.records.listScripts()) {
    if (!declared || !group.scripts.includes(name)) continue;
    const isSelf = name === observed.script.name && version === observed.script.version;
    const member = isSelf ? observed : await observeScript(context, snapshot, nodes, name, version);
    if (member) members.push(member);
  }
  return members;
}

/** The changes that a script's merges name which not every region has as stable yet, or which are to be taken back. */
async function changeMember({ script, mirror, input }: ObservedScript): Promise<ChangeMember> {
  const { target, releases, fleet, hold } = input;
  const stables = fleet.regions.map((region) => releases.get(region.name)?.stable);
  const isDone = stables.every((stable) => stable?.digest === target.digest);
  const since = stables.find((stable) => stable !== undefined && stable.digest !== target.digest);
  const mergedAtMs = await mirror.committedAtMs(target.commit);
  const isToGoBack = isHeldBack(input);
  if (isDone && input.memory === null && !isToGoBack) return { script: script.name, changes: [], mergedAtMs };
  const sinceCommit = since?.commit ?? (isToGoBack ? hold?.to?.commit : undefined) ?? null;
  const changes = await mirror.trailers(sinceCommit, target.commit, trailer);
  return { script: script.name, changes, mergedAtMs };
}
