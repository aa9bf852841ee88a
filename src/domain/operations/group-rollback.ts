import type { Revision } from "../rollout/rollout-input.ts";
import type { OperationFacts, RevisionOrigin } from "./operation-facts.ts";
import { type OperationError, refuse } from "./operation-plan.ts";
import { type HoldSubject, earlierThan, knownRevisions, servedRevision, sinceWhen } from "./plan-hold.ts";

type GroupRollback =
  /** By `<script>@<version>`, the members that move; the others are where they belong. */
  | { readonly ok: true; readonly to: ReadonlyMap<string, Revision> }
  | { readonly ok: false; readonly error: OperationError };

interface Member {
  readonly key: string;
  readonly now: Revision;
  /** Newest first. */
  readonly earlier: readonly Revision[];
  /** Changes that any of its revisions has. */
  readonly known: ReadonlySet<string>;
}

type Points = ReadonlyMap<string, Revision>;

/**
 * Where an atomic group goes back to: what was merged last goes to its newest earlier revision, or one member to the
 * revision that was named, and every other member to its newest one that has the same changes of the group, so that no
 * change is left in one and missing in another. Refused where there is no such point.
 */
export function groupRollback(
  subjects: readonly HoldSubject[],
  { origins }: Pick<OperationFacts, "origins">,
  toCommit: string | null,
): GroupRollback {
  const held = subjects.find(({ hold }) => hold && hold.mode !== "pause");
  if (toCommit === null && held?.hold) {
    return refuse(
      "nothingToDo",
      `${held.key} is held back already, ${sinceWhen(held.hold)}. To go further back name a revision of it.`,
    );
  }
  const members = subjects.flatMap((subject) => memberOf(subject, origins));
  const starts =
    toCommit === null
      ? newestOf(members, origins).flatMap(startsOf)
      : members.flatMap(startsOf).filter(({ to }) => to.commit.startsWith(toCommit));
  if (starts.length === 0) return refuse("unknownRevision", noStart(members, toCommit));
  for (const { member, to } of starts) {
    const points = pointsWith(members, member, to, origins);
    if (points) return { ok: true, to: points };
  }
  const from = starts[0]?.member.key ?? "";
  return refuse(
    "unknownRevision",
    `No kept revisions of the other members go with an earlier one of ${from}: some of them would have a change that it lacks. Merge reverts instead.`,
  );
}

function memberOf(subject: HoldSubject, origins: OperationFacts["origins"]): Member[] {
  const now = servedRevision(subject);
  if (!now) return [];
  const earlier = earlierThan(subject, now);
  const known = new Set(knownRevisions(subject).flatMap((revision) => changesOf(revision, origins)));
  return [{ key: subject.key, now, earlier, known }];
}

/** Where one member may go to. */
interface Start {
  readonly member: Member;
  readonly to: Revision;
}

function startsOf(member: Member): Start[] {
  return member.earlier.map((to) => ({ member, to }));
}

/** At most one: what was merged last. */
function newestOf(members: readonly Member[], origins: OperationFacts["origins"]): Member[] {
  const mergedAt = ({ now }: Member): number => origins.get(now.commit)?.mergedAtMs ?? 0;
  return members.toSorted((a, b) => mergedAt(b) - mergedAt(a)).slice(0, 1);
}

/** The members that have to move for one to be at a revision; null where one of them cannot. */
function pointsWith(
  members: readonly Member[],
  first: Member,
  to: Revision,
  origins: OperationFacts["origins"],
): Points | null {
  const points = new Map([[first.key, to]]);
  const isIn = new Map<string, boolean>();
  const demand = ({ known }: Member, revision: Revision): void => {
    const changes = new Set(changesOf(revision, origins));
    for (const change of known) isIn.set(change, changes.has(change));
  };
  demand(first, to);
  for (const member of members) {
    if (member === first) continue;
    const found = [member.now, ...member.earlier].find((revision) => {
      const changes = new Set(changesOf(revision, origins));
      return [...member.known].every(
        (change) => (isIn.get(change) ?? changes.has(change)) === changes.has(change),
      );
    });
    if (!found) return null;
    demand(member, found);
    if (found !== member.now) points.set(member.key, found);
  }
  return points;
}

function changesOf({ commit }: Revision, origins: ReadonlyMap<string, RevisionOrigin>): readonly string[] {
  return origins.get(commit)?.changes ?? [];
}

function noStart(members: readonly Member[], toCommit: string | null): string {
  if (toCommit === null) return "The group has no earlier revision to go back to. Merge a revert instead.";
  const choices = members.flatMap(({ key, earlier }) =>
    earlier.slice(0, 3).map(({ commit }) => `${commit.slice(0, 7)} of ${key}`),
  );
  const could = choices.length === 0 ? "There is none." : `There are ${choices.join(", ")}.`;
  return `${toCommit} is no earlier revision of a member that is kept. ${could}`;
}
