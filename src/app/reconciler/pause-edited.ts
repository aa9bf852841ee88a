import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { changedReleases } from "#domain/reconcile/changed-releases.ts";
import { releasePath } from "#domain/reconcile/release-file.ts";
import { holdPath, holdText } from "#domain/reconcile/hold-file.ts";
import type { Hold } from "#schemas/types.ts";
import type { ReconcilerContext } from "./context.ts";

/** Looked at in one go; an edit of more files than that pauses those it is found for. */
const filesMax = 200;

/**
 * People may write releases themselves, and that is obeyed. So that the rollout does not write over it, the version is
 * paused until somebody resumes it, and the edit is put on record.
 */
export async function pauseEdited(
  context: ReconcilerContext,
  before: FleetSnapshot,
  after: FleetSnapshot,
): Promise<void> {
  const source = await context.fleet.source();
  if (!source) return;
  const { mirror } = source;
  const since = (await mirror.has(before.commit)) ? before.commit : null;
  const authors = await mirror.authors(since, after.commit);
  const people = new Map(authors.filter((author) => !isApp(author)).map((author) => [author.commit, author]));
  if (people.size === 0) return;
  const changed = changedReleases(before, after).slice(0, filesMax);
  const holds = new Map<string, Hold>();
  for (const { region, script, version } of changed) {
    const key = `${script}@${version}`;
    const path = releasePath(region, script, version);
    const [commit] = await mirror.history(after.commit, path, 1);
    if (commit === undefined || after.holds.has(key) || holds.has(key)) continue;
    const author = people.get(commit);
    if (!author) continue;
    const reason = `${path} was edited by hand in ${commit.slice(0, 7)}; resume to roll out again from there`;
    const by = actorOf(author);
    const at = new Date(context.clock.now()).toISOString();
    holds.set(key, { kind: "Hold", script, version, mode: "pause", reason, by, at });
  }
  for (const [key, hold] of holds) {
    const outcome = await context.committer.submit({
      basis: after.commit,
      changes: [{ path: holdPath(hold.script, hold.version), content: holdText(hold) }],
      restsOn: [],
      subject: `${key}: paused, since its release was edited by hand`,
      cause: `edit by ${hold.by}`,
    });
    if (outcome === "stale") continue;
    await context.records.appendAudit({
      atMs: context.clock.now(),
      actor: hold.by,
      action: "edit",
      subject: key,
      cause: hold.reason,
      evidence: {},
      undo: `showrunner resume ${key}`,
    });
    await context.queue.wake(["fleet"]);
  }
}

/** No person can have such a login. */
function isApp({ name }: { readonly name: string }): boolean {
  return name.endsWith("[bot]");
}

/** A person's name as holds write it: the login where the address tells it. */
function actorOf({ name, email }: { readonly name: string; readonly email: string }): string {
  const login = /^(?:\d+\+)?([A-Za-z0-9][A-Za-z0-9-]{0,38})@users\.noreply\./.exec(email)?.[1];
  if (login !== undefined) return `@${login}`;
  const plain = name.replaceAll(/[^A-Za-z0-9._/-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  return plain.slice(0, 100) || "somebody";
}
