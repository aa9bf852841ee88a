import type { CodeHost, FileChange, GitMirror, Repository, Sleep } from "#domain/ports.ts";

const lingerMs = 20;
const attemptsMax = 5;
const fileBytesMax = 256 * 1024;

/** Changes that one decision wants in the fleet repository, and the commit it was decided on. */
export interface FleetChange {
  readonly basis: string;
  readonly changes: readonly FileChange[];
  /** Files besides the changed ones that the decision rests on: what is written to one region depends on the others. */
  readonly restsOn: readonly string[];
  /** One line: what is done. */
  readonly subject: string;
  /** Why, for the audit log: the rollout or the command. */
  readonly cause: string;
}

export interface FleetCommitter {
  /**
   * Commits the change together with others that come at the same time. "stale" when one of its files, or of
   * those it rests on, was changed since `basis`: decide again. Throws `CodeHostError` when GitHub cannot be reached.
   */
  submit(change: FleetChange): Promise<"committed" | "stale">;
}

interface Waiting {
  readonly change: FleetChange;
  readonly resolve: (outcome: "committed" | "stale") => void;
  readonly reject: (error: unknown) => void;
}

/** What the committer needs of GitHub and of the fleet repository. */
type CommitHost = Pick<CodeHost, "branchHead" | "commitFiles">;
type CommitMirror = Pick<GitMirror, "sync" | "read">;
interface CommitSource {
  source(): Promise<{ readonly repository: Repository; readonly mirror: CommitMirror } | null>;
}

/** The only writer of the fleet repository in this process. Many decisions become one commit; none is forced. */
export function createFleetCommitter(host: CommitHost, fleet: CommitSource, sleep: Sleep): FleetCommitter {
  let waiting: Waiting[] = [];
  let isDraining = false;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      await sleep(lingerMs);
      const batch = waiting;
      waiting = [];
      await commitBatch(host, fleet, batch).catch((error: unknown) => {
        for (const entry of batch) entry.reject(error);
      });
    }
    // In the same turn as the look at the empty list: whoever comes later starts anew.
    isDraining = false;
  }

  return {
    submit: (change) =>
      new Promise((resolve, reject) => {
        waiting.push({ change, resolve, reject });
        if (isDraining) return;
        isDraining = true;
        void drain();
      }),
  };
}

async function commitBatch(host: CommitHost, fleet: CommitSource, batch: readonly Waiting[]): Promise<void> {
  const source = await fleet.source();
  if (!source) throw new Error("there is no fleet repository to commit to");
  const { repository, mirror } = source;
  let open = batch;
  for (let attempt = 0; attempt < attemptsMax && open.length > 0; attempt += 1) {
    const head = await host.branchHead(repository, repository.defaultBranch);
    if (head === null) throw new Error(`${repository.fullName} has no branch ${repository.defaultBranch}`);
    open = await withoutStale(mirror, head, open);
    if (open.length === 0) return;
    if (await commitOnce(host, repository, head, open)) {
      for (const entry of open) entry.resolve("committed");
      return;
    }
  }
  for (const entry of open) entry.resolve("stale");
}

/** Resolves the stale ones and returns the others. Two changes of one batch to the same file cannot both hold: the first wins. */
async function withoutStale(
  mirror: CommitMirror,
  head: string,
  batch: readonly Waiting[],
): Promise<Waiting[]> {
  const fresh: Waiting[] = [];
  const taken = new Set<string>();
  for (const entry of batch) {
    const paths = entry.change.changes.map((change) => change.path);
    const read = [...new Set([...paths, ...entry.change.restsOn])];
    const clashes = read.some((path) => taken.has(path));
    if (clashes || (await movedSince(mirror, entry.change.basis, head, read))) {
      entry.resolve("stale");
      continue;
    }
    for (const path of paths) taken.add(path);
    fresh.push(entry);
  }
  return fresh;
}

async function movedSince(
  mirror: CommitMirror,
  basis: string,
  head: string,
  paths: readonly string[],
): Promise<boolean> {
  if (basis === head) return false;
  await mirror.sync();
  const before = await mirror.read(basis, paths, fileBytesMax);
  const after = await mirror.read(head, paths, fileBytesMax);
  return paths.some((path) => before.get(path) !== after.get(path));
}

async function commitOnce(
  host: CommitHost,
  repository: Repository,
  head: string,
  batch: readonly Waiting[],
): Promise<boolean> {
  const changes = batch.flatMap((entry) => entry.change.changes);
  const outcome = await host.commitFiles(repository, repository.defaultBranch, head, changes, message(batch));
  return outcome.kind === "committed";
}

function message(batch: readonly Waiting[]): string {
  const subjects = batch.map((entry) => entry.change.subject);
  const causes = [...new Set(batch.map((entry) => entry.change.cause))];
  const trailers = causes.map((cause) => `Showrunner-Cause: ${cause}`);
  if (subjects.length === 1) return `${subjects[0]}\n\n${trailers.join("\n")}\n`;
  const list = subjects.map((subject) => `- ${subject}`).join("\n");
  return `Advance ${subjects.length} rollouts\n\n${list}\n\n${trailers.join("\n")}\n`;
}
