import type { Hold } from "#schemas/types.ts";
import type { ChangePart } from "./collect-change.ts";
import { type RolloutDecision, collectingDecision, decideRollout, rolloutId } from "./decide-rollout.ts";
import { inStep } from "./in-step.ts";
import { isHeldBack } from "./is-held-back.ts";
import type { ReleaseWrite } from "./release-writes.ts";
import { worstRegions } from "./retreat.ts";
import type { RolloutInput } from "./rollout-input.ts";

type Members = ReadonlyMap<string, RolloutInput>;
type Decisions = Map<string, RolloutDecision>;

/**
 * What to do for scripts that change together, by their keys: each is decided by itself, and then moves only where the
 * others move alike, so that every node has all of a change or none of it. What fails in one is taken back in its whole
 * part; what leaves a region there takes its companions along.
 */
export function decideGroup(
  members: Members,
  parts: readonly ChangePart[] = [{ keys: [...members.keys()], waitsFor: null, before: null }],
): Decisions {
  const decisions: Decisions = new Map();
  const ready = departing(members, parts);
  for (const { keys, waitsFor, before } of parts) {
    const part = new Map([...ready].filter(([key]) => keys.includes(key)));
    const decided = waitsFor
      ? new Map([...part].map(([key, input]) => [key, collectingDecision(input, waitsFor)]))
      : decidePart(part, before);
    for (const [key, decision] of decided) decisions.set(key, decision);
  }
  return arrivingAtOnce(ready, inStep(ready, decisions));
}

/**
 * What comes to a region in one decision bears one time, the latest, by which it is known to have come together: with a
 * clock that was set back, each would bear the time when its own rollout began.
 */
function arrivingAtOnce(members: Members, decisions: Decisions): Decisions {
  const waveOf = (key: string, { region, release }: ReleaseWrite): string | null => {
    const startedAt = release?.rollout?.waveStartedAt ?? null;
    return startedAt === members.get(key)?.releases.get(region)?.rollout?.waveStartedAt ? null : startedAt;
  };
  const latest = new Map<string, string>();
  for (const [key, { writes }] of decisions) {
    for (const write of writes) {
      const startedAt = waveOf(key, write);
      if (startedAt !== null && startedAt > (latest.get(write.region) ?? ""))
        latest.set(write.region, startedAt);
    }
  }
  const marked = (key: string, write: ReleaseWrite): ReleaseWrite => {
    const { region, release } = write;
    const waveStartedAt = latest.get(region);
    if (!release?.rollout || waveStartedAt === undefined || waveOf(key, write) === null) return write;
    return { region, release: { ...release, rollout: { ...release.rollout, waveStartedAt } } };
  };
  return new Map(
    [...decisions].map(([key, decision]) => {
      const writes = decision.writes.map((write) => marked(key, write));
      return [key, { ...decision, writes }];
    }),
  );
}

function decidePart(part: Members, before: ChangePart["before"]): Decisions {
  const decisions = new Map([...part].map(([key, input]) => [key, decideRollout(input)]));
  const fault = faultIn(part, decisions);
  if (!fault) return decisions;
  const { to } = fault.hold;
  // One that goes back to a revision which has the change leaves its companions where they are stable.
  const mode = to !== undefined && before?.has(to.commit) === false ? "abort" : fault.hold.mode;
  return new Map(
    [...part].map(([key, input]) => {
      if (key !== fault.key && isHeldBack(input) && (input.hold?.mode === "rollback" || mode === "abort"))
        return [key, decideRollout(input)];
      if (key === fault.key && isHeldBack(input)) return [key, decideRollout(input)];
      const hold = key === fault.key ? fault.hold : companionHold(input, mode, fault);
      const decision = decideRollout({ ...input, hold });
      return [key, { ...decision, holdChange: { kind: "put", hold } }];
    }),
  );
}

/** The hold that takes one member's target back, and whose it is. */
interface Fault {
  readonly key: string;
  readonly hold: Hold & { readonly mode: "abort" | "rollback" };
}

/** Decided now or in force. */
function faultIn(part: Members, decisions: ReadonlyMap<string, RolloutDecision>): Fault | null {
  for (const [key, decision] of decisions) {
    const hold = decision.holdChange.kind === "put" ? decision.holdChange.hold : null;
    if (hold && hold.mode !== "pause") return { key, hold: { ...hold, mode: hold.mode } };
  }
  for (const [key, input] of part) {
    const { hold } = input;
    if (hold && hold.mode !== "pause" && isHeldBack(input))
      return { key, hold: { ...hold, mode: hold.mode } };
  }
  return null;
}

/** The hold of a member whose companion is taken back, as of the same moment. */
function companionHold(input: RolloutInput, mode: "abort" | "rollback", fault: Fault): Hold {
  const { manifest, target } = input;
  const before = [...input.releases.values()]
    .map((release) => release.stable)
    .find((stable) => stable !== undefined && stable.digest !== target.digest);
  const to = mode === "rollback" ? (before ?? previousOf(input)) : null;
  const { reason, by, at } = fault.hold;
  return {
    kind: "Hold",
    script: manifest.name,
    version: manifest.version,
    mode,
    revision: { digest: target.digest, commit: target.commit },
    ...(to && { to: { digest: to.digest, commit: to.commit } }),
    reason: `It changes together with ${fault.key}, which was taken back: ${reason}`.slice(0, 1000),
    by,
    at,
  };
}

function previousOf({ memory, manifest, target }: RolloutInput): Hold["to"] | null {
  return memory?.id === rolloutId(manifest, target) ? memory.previous : null;
}

/** Members with the regions that they leave: where something goes that is not wanted any more, what came along with it goes too. */
function departing(members: Members, parts: readonly ChangePart[]): Members {
  const waiting = new Set(parts.flatMap(({ keys, waitsFor }) => (waitsFor ? keys : [])));
  const arrivals = new Map<string, string[]>();
  for (const [key, { releases }] of members) {
    for (const [region, { next, rollout }] of releases) {
      if (!next || !rollout) continue;
      const arrival = `${region} ${rollout.waveStartedAt} ${next.nodesPct}`;
      arrivals.set(arrival, [...(arrivals.get(arrival) ?? []), key]);
    }
  }
  const leaving = new Map([...members.keys()].map((key): [string, Set<string>] => [key, new Set()]));
  for (const [arrival, keys] of arrivals) {
    const region = arrival.slice(0, arrival.indexOf(" "));
    const isUnwanted = (key: string) => {
      const input = members.get(key);
      return waiting.has(key) || input?.releases.get(region)?.next?.digest !== input?.target.digest;
    };
    if (keys.length > 1 && keys.some(isUnwanted)) for (const key of keys) leaving.get(key)?.add(region);
  }
  // Those that go back at once do so in the same order.
  const retreatOrder = worstRegions([...members.values()]);
  return new Map(
    [...members].map(([key, input]) => {
      const regions = leaving.get(key) ?? new Set();
      return [key, { ...input, retreatOrder, ...(regions.size > 0 && { leaving: regions }) }];
    }),
  );
}
