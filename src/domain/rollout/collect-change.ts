/** One member of a group, as far as the changes that it may be part of are concerned. */
export interface ChangeMember {
  /** `<script>@<version>`. */
  readonly key: string;
  /** The script's name. */
  readonly script: string;
  /** Ids of the changes that its merges name which some region does not have as stable yet, oldest first. */
  readonly pending: readonly string[];
  /** Ids of the changes that any of its merges up to its target names. */
  readonly known: readonly string[];
  /** Commits of stable revisions that lack one of the pending changes. */
  readonly before: readonly string[];
  /** When the newest of them was merged, epoch milliseconds. */
  readonly mergedAtMs: number;
  /** What only one decision can have given to several members: when a region got what is on its way, or a hold was put. */
  readonly marks: readonly string[];
}

/** A change that is not all there. */
export interface Missing {
  readonly change: string;
  /** Members whose merge is not there yet. */
  readonly missing: readonly string[];
  /** When it was given up waiting, or will be; epoch milliseconds. */
  readonly untilMs: number;
}

/** Members that move together, or wait together. */
export interface ChangePart {
  readonly keys: readonly string[];
  /** null when every merge that they wait for is there. */
  readonly waitsFor: Missing | null;
  /** Commits of revisions from before what binds them; null when that is every other one. */
  readonly before: ReadonlySet<string> | null;
}

/**
 * The members that a script has to be decided with. Members whose merges name the same change are one part: none of it
 * rolls out before every member of the group has its merge of every change in it, since half of a change would break.
 * Parts that still carry marks of a common decision are decided at once too, so that they end it in step. Empty when the
 * script moves by itself.
 */
export function collectChange(
  key: string,
  group: readonly string[],
  members: readonly ChangeMember[],
  collectForMs: number,
): ChangePart[] {
  const own = members.find((member) => member.key === key);
  if (!own) return [];
  const together = connected(own, members, (a, b) => meet(a.pending, b.pending) || meet(a.marks, b.marks));
  const parts: ChangePart[] = [];
  const left = new Set(together);
  for (const member of together) {
    if (!left.has(member)) continue;
    const bound = connected(member, together, (a, b) => meet(a.pending, b.pending));
    for (const one of bound) left.delete(one);
    const waitsFor = missingOf(group, bound, members, collectForMs);
    const before = new Set(bound.flatMap((one) => one.before));
    parts.push({ keys: bound.map((one) => one.key), waitsFor, before });
  }
  const isAlone = together.length === 1 && parts.every(({ waitsFor }) => waitsFor === null);
  return isAlone ? [] : parts;
}

/** The newest change in a part that somebody's merge is missing of. It is waited for `collectForMs` after the first of them. */
function missingOf(
  group: readonly string[],
  bound: readonly ChangeMember[],
  members: readonly ChangeMember[],
  collectForMs: number,
): Missing | null {
  const changes = new Set(bound.flatMap((member) => member.pending));
  for (const change of [...changes].toReversed()) {
    const has = (name: string) =>
      members.some((member) => member.script === name && member.known.includes(change));
    const missing = group.filter((name) => !has(name));
    if (missing.length === 0) continue;
    const present = bound.filter((member) => member.pending.includes(change));
    const firstMs = Math.min(...present.map((member) => member.mergedAtMs));
    return { change, missing, untilMs: firstMs + collectForMs };
  }
  return null;
}

/** Everybody who can be reached from `own` over pairs that are bound, in the order of `members`. */
function connected(
  own: ChangeMember,
  members: readonly ChangeMember[],
  areBound: (a: ChangeMember, b: ChangeMember) => boolean,
): ChangeMember[] {
  const found = new Set([own]);
  for (const one of found) for (const other of members) if (areBound(one, other)) found.add(other);
  return members.filter((member) => found.has(member));
}

function meet(a: readonly string[], b: readonly string[]): boolean {
  return a.some((one) => b.includes(one));
}
