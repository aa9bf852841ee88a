import type { NodeRecord } from "#adapters/store/nodes.ts";
import { parseDurationMs } from "#domain/manifest/duration.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { type ChangeMember, type ChangePart, collectChange } from "#domain/rollout/collect-change.ts";
import { decideGroup } from "#domain/rollout/decide-group.ts";
import type { ReconcileKey } from "#domain/reconcile/reconcile-key.ts";
import type { RolloutDecision } from "#domain/rollout/decide-rollout.ts";
import type { Group, Release } from "#schemas/types.ts";
import type { ReconcilerContext } from "./context.ts";
import { type ObservedScript, observeScript } from "./observe-script.ts";

/** The trailer with which merges name the change to several scripts that they are part of. */
export const changeTrailer = "Showrunner-Change";
const collectForMs = 3_600_000;

type Together =
  /** It rolls out by itself. */
  | { readonly kind: "alone" }
  /** Another member's key, the first of them, decides for all. */
  | { readonly kind: "led"; readonly by: ReconcileKey }
  /** A member that came along with one of these is not known yet, as after a loss of the store: nobody moves without it. */
  | { readonly kind: "incomplete" }
  | { readonly kind: "decided"; readonly decisions: Map<ObservedScript, RolloutDecision> };

/**
 * The decisions for a script and for those that change with it: members of its atomic group whose merges name the same
 * change, or that are still on their way out of one. One key decides for all, so that nobody else does meanwhile.
 */
export async function decideTogether(
  context: ReconcilerContext,
  snapshot: FleetSnapshot,
  nodes: readonly NodeRecord[],
  observed: ObservedScript,
): Promise<Together> {
  const { name } = observed.script;
  const group = [...snapshot.groups.values()].find(
    (candidate) => candidate.atomic === true && candidate.scripts.includes(name),
  );
  if (!group) return { kind: "alone" };
  const own = await changeMember(observed);
  if (own.pending.length === 0 && own.marks.length === 0) return { kind: "alone" };
  const members = await observeMembers(context, snapshot, nodes, observed, group);
  const known: ChangeMember[] = [];
  for (const member of members) known.push(member === observed ? own : await changeMember(member));
  const limitMs = parseDurationMs(group.collectFor ?? "") ?? collectForMs;
  const parts = collectChange(own.key, group.scripts, known, limitMs);
  const keys = new Set(parts.flatMap((part) => part.keys));
  const together = members.filter((member) => keys.has(keyOf(member)));
  const [leader] = together;
  if (!leader) return { kind: "alone" };
  const marks = new Set(known.filter(({ key }) => keys.has(key)).flatMap((member) => member.marks));
  if (marksOfOthers(snapshot, group, known).some((mark) => marks.has(mark))) return { kind: "incomplete" };
  if (leader !== observed)
    return { kind: "led", by: `script:${leader.script.name}@${leader.script.version}` };
  return { kind: "decided", decisions: decideMembers(together, parts) };
}

function decideMembers(
  members: readonly ObservedScript[],
  parts: readonly ChangePart[],
): Map<ObservedScript, RolloutDecision> {
  const nowMs = members[0]?.input.nowMs ?? 0;
  const inputs = members.map((member): [string, ObservedScript["input"]] => {
    const key = keyOf(member);
    const first = parts.find(({ keys }) => keys.includes(key))?.keys[0];
    const policy = members.find((one) => keyOf(one) === first)?.input.manifest.rollout;
    // One timetable for all that move together, the first one's, and one moment.
    const manifest = { ...member.input.manifest, ...(policy && { rollout: policy }) };
    return [key, { ...member.input, nowMs, manifest }];
  });
  const decisions = decideGroup(new Map(inputs), parts);
  return new Map(
    members.flatMap((member) => {
      const decision = decisions.get(keyOf(member));
      return decision ? [[member, decision] as const] : [];
    }),
  );
}

function keyOf({ script }: ObservedScript): string {
  return `${script.name}@${script.version}`;
}

/** In the order of their keys. */
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
  return members.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

async function changeMember(observed: ObservedScript): Promise<ChangeMember> {
  const { script, mirror, input } = observed;
  const { target, releases, fleet, hold } = input;
  const pending = new Set<string>();
  const since = new Set<string | null>();
  for (const { name } of fleet.regions) {
    const stable = releases.get(name)?.stable;
    if (stable?.digest !== target.digest) since.add(stable?.commit ?? null);
  }
  const before: string[] = [];
  for (const commit of since) {
    const changes = await mirror.trailers(commit, target.commit, changeTrailer);
    for (const change of changes) pending.add(change);
    if (changes.length > 0 && commit !== null) before.push(commit);
  }
  const marks = [...releases].flatMap(([region, release]) => arrivalIn(region, release));
  if (hold && hold.mode !== "pause") marks.push(`hold ${hold.at}`);
  return {
    key: keyOf(observed),
    script: script.name,
    pending: [...pending],
    before,
    known: await mirror.trailers(null, target.commit, changeTrailer),
    mergedAtMs: await mirror.committedAtMs(target.commit),
    marks,
  };
}

/** The mark of what is on its way in a region. */
function arrivalIn(region: string, { rollout }: Release): string[] {
  return rollout ? [`${region} ${rollout.waveStartedAt}`] : [];
}

/** Marks of a group's members that git has and nobody observed. */
function marksOfOthers(
  { releases }: FleetSnapshot,
  { scripts }: Group,
  observed: readonly ChangeMember[],
): string[] {
  return [...releases].flatMap(([region, ofRegion]) =>
    [...ofRegion]
      .filter(([key, { script }]) => scripts.includes(script) && !observed.some((one) => one.key === key))
      .flatMap(([, release]) => arrivalIn(region, release)),
  );
}
