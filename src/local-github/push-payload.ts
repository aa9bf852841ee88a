import { accountByAddress, accountById, noreplyAddress } from "./accounts.ts";
import { EMPTY_TREE, ZERO, type BareRepository, type RefChange } from "./git/bare-repository.ts";
import type { Commit, Person } from "./git/commit.ts";
import { runGit } from "./git/run-git.ts";
import type { TreeEntry } from "./git/tree.ts";
import type { Scene } from "./events.ts";
import { simpleUser } from "./representations/account.ts";
import type { Json } from "./representations/json.ts";
import { repositoryJson } from "./representations/repository.ts";
import { timestamp } from "./time.ts";

/** GitHub puts at most so many commits into a `push`. */
const COMMITS_MAX = 2048;

type Files = { added: string[]; removed: string[]; modified: string[] };

/** What is special to a `push` webhook. */
export async function pushPayload(scene: Scene, git: BareRepository, change: RefChange): Promise<Json> {
  const { github, repository, sender } = scene;
  const { ref, before, after } = change;
  const deleted = after === ZERO;
  const created = before === ZERO;
  const tip = deleted ? undefined : await git.resolveCommit(after);
  const fresh = tip === undefined ? [] : await freshCommits(scene, git, { ...change, after: tip });
  const listed = await describe(scene, git, fresh);
  const tipListed = listed.find((commit) => commit["id"] === tip);
  const head = tip === undefined ? undefined : (tipListed ?? (await describe(scene, git, [tip]))[0]);
  const html = github.urls.html(repository);
  const compared = created ? after.slice(0, 12) : `${before.slice(0, 12)}...${after.slice(0, 12)}`;
  return {
    ref,
    before,
    after,
    created,
    deleted,
    forced: !created && !deleted && !(await git.isAncestor(before, after)),
    base_ref: null,
    compare: `${html}/compare/${compared}`,
    commits: listed,
    head_commit: head ?? null,
    pusher: { name: sender.login, email: noreplyAddress(sender) },
    repository: pushedRepository(scene),
  };
}

// A push writes its repository's times as seconds and names the owner twice.
function pushedRepository({ github, repository }: Scene): Json {
  const owner = accountById(github, repository.ownerId);
  return {
    ...repositoryJson(github, repository),
    url: github.urls.html(repository),
    created_at: seconds(repository.createdAt),
    pushed_at: seconds(repository.pushedAt ?? repository.createdAt),
    stargazers: 0,
    master_branch: repository.defaultBranch,
    owner: { ...simpleUser(github, owner), name: owner.login, email: noreplyAddress(owner) },
  };
}

function seconds(time: string): number {
  return Math.floor(Date.parse(time) / 1000);
}

/** Commits that the ref did not have before, oldest first; for a new branch those the default branch lacks. */
async function freshCommits(
  { repository }: Scene,
  git: BareRepository,
  change: RefChange,
): Promise<string[]> {
  const { parents } = await git.mustCommit(change.after);
  if (parents.length === 1 && parents[0] === change.before) return [change.after];
  const args = [`--max-count=${COMMITS_MAX}`, "--reverse", change.after];
  if (change.before !== ZERO) return git.revList([...args, `^${change.before}`]);
  const main = await git.branch(repository.defaultBranch);
  if (parents.length === 1 && parents[0] === main) return [change.after];
  const isMain = change.ref === `refs/heads/${repository.defaultBranch}`;
  return git.revList(main === undefined || isMain ? args : [...args, `^${main}`]);
}

async function describe(scene: Scene, git: BareRepository, oids: readonly string[]): Promise<Json[]> {
  if (oids.length === 0) return [];
  const commits = await Promise.all(oids.map((oid) => git.mustCommit(oid)));
  const [only, ...more] = commits;
  const files =
    only !== undefined && more.length === 0 ? await touchedBy(git, only) : await touchedFiles(git, oids);
  return commits.map((commit) => pushedCommit(scene, commit, files.get(commit.oid)));
}

function pushedCommit({ github, repository }: Scene, commit: Commit, files: Files | undefined): Json {
  const person = ({ name, email, timeMs }: Person) => {
    const account = accountByAddress(github, email);
    return {
      name,
      email,
      date: timestamp(timeMs),
      ...(account === undefined ? {} : { username: account.login }),
    };
  };
  return {
    id: commit.oid,
    tree_id: commit.tree,
    distinct: true,
    message: commit.message.trimEnd(),
    timestamp: timestamp(commit.committer.timeMs),
    url: `${github.urls.html(repository)}/commit/${commit.oid}`,
    author: person(commit.author),
    committer: person(commit.committer),
    ...(files ?? { added: [], removed: [], modified: [] }),
  };
}

/** Of one commit: reading the folders that differ costs less than starting git. */
async function touchedBy(git: BareRepository, { oid, parents, tree }: Commit): Promise<Map<string, Files>> {
  const [parent] = parents;
  const before = parent === undefined ? EMPTY_TREE : (await git.mustCommit(parent)).tree;
  const files: Files = { added: [], removed: [], modified: [] };
  await compareTrees(git, before, tree, "", files);
  return new Map([[oid, files]]);
}

async function compareTrees(
  git: BareRepository,
  before: string,
  after: string,
  below: string,
  files: Files,
): Promise<void> {
  const [old, now] = [byName(await git.tree(before)), byName(await git.tree(after))];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    const [was, is] = [old.get(name), now.get(name)];
    if (was?.oid === is?.oid && was?.mode === is?.mode) continue;
    const path = `${below}${name}`;
    const wasFolder = was?.mode === "040000";
    const isFolder = is?.mode === "040000";
    if (wasFolder || isFolder) {
      const inner = [wasFolder ? was.oid : EMPTY_TREE, isFolder ? is.oid : EMPTY_TREE] as const;
      await compareTrees(git, ...inner, `${path}/`, files);
    }
    const wasFile = was !== undefined && !wasFolder;
    const isFile = is !== undefined && !isFolder;
    if (wasFile && isFile) files.modified.push(path);
    else if (isFile) files.added.push(path);
    else if (wasFile) files.removed.push(path);
  }
}

function byName(entries: readonly TreeEntry[] | undefined): Map<string, TreeEntry> {
  return new Map(entries?.map((entry) => [entry.name, entry]));
}

async function touchedFiles(git: BareRepository, oids: readonly string[]): Promise<Map<string, Files>> {
  const options = ["--no-walk=unsorted", "--diff-merges=first-parent", "--no-renames", "--name-status", "-z"];
  const done = await runGit(git.directory, ["log", "--stdin", ...options, "--format=%x01%H"], {
    input: oids.map((oid) => `${oid}\n`).join(""),
  });
  const found = new Map<string, Files>();
  for (const block of done.stdout.toString("utf8").split("\u0001").slice(1)) {
    const fields = block
      .slice(40)
      .split("\0")
      .map((field) => field.trim())
      .filter(Boolean);
    const files: Files = { added: [], removed: [], modified: [] };
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const path = fields[at + 1] ?? "";
      if (fields[at] === "A") files.added.push(path);
      else if (fields[at] === "D") files.removed.push(path);
      else files.modified.push(path);
    }
    found.set(block.slice(0, 40), files);
  }
  return found;
}
