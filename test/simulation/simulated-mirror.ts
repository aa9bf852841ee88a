import type { CommitAuthor, GitMirror, TreeEntry } from "#domain/ports.ts";
import { SimulatedFailure } from "./process-calls.ts";
import type { Commit, SimulatedRepository } from "./simulated-github.ts";

/** What a mirror last fetched. It lies on the control plane's disk and outlives a crash. */
export interface FetchedRefs {
  readonly refs: Map<string, string>;
  readonly commits: Set<string>;
}

export function emptyRefs(): FetchedRefs {
  return { refs: new Map(), commits: new Set() };
}

/** Fetches a repository's branches and pull requests into a mirror, as they are now. */
export function fetchInto(fetched: FetchedRefs, repository: SimulatedRepository): void {
  for (const [branch, sha] of repository.branches) fetched.refs.set(`refs/heads/${branch}`, sha);
  for (const pull of repository.pulls.values()) {
    fetched.refs.set(`refs/pull/${pull.number}/head`, pull.headSha);
    if (pull.mergeCommit) fetched.refs.set(`refs/pull/${pull.number}/merge`, pull.mergeCommit);
  }
  for (const sha of repository.commits.keys()) fetched.commits.add(sha);
}

interface MirrorOptions {
  readonly repository: SimulatedRepository;
  readonly fetched: FetchedRefs;
  /** Fetches, with what time and faults that takes. */
  readonly sync: () => Promise<void>;
}

/** The port over a repository in memory: it sees what was fetched and nothing later. */
export function simulatedMirror({ repository, fetched, sync }: MirrorOptions): GitMirror {
  const at = (sha: string): Commit => {
    if (!fetched.commits.has(sha))
      throw new SimulatedFailure(`the mirror of ${repository.fullName} does not have ${sha}`);
    return repository.commit(sha);
  };
  return {
    sync,
    resolve: async (ref) => fetched.refs.get(ref) ?? null,
    has: async (commit) => fetched.commits.has(commit),
    isAncestor: async (ancestor, descendant) => isAncestor(repository, ancestor, at(descendant)),
    list: async (commit, folder) => entriesOf(at(commit), folder),
    async read(commit, paths) {
      const { files } = at(commit);
      const texts = new Map<string, string>();
      for (const path of paths) {
        const text = files.get(path);
        if (text !== undefined) texts.set(path, text);
      }
      return texts;
    },
    treeId: async (commit) => at(commit).sha,
    async history(commit, path, max) {
      const found: string[] = [];
      for (let one: Commit | null = at(commit); one && found.length < max; one = one.parent) {
        if (one.changed.has(path)) found.push(one.sha);
      }
      return found;
    },
    async trailers(from, to, key) {
      const found: string[] = [];
      for (let one: Commit | null = at(to); one && one.sha !== from; one = one.parent) {
        const merged = one.merged === null ? "" : repository.commit(one.merged).message;
        const value = new RegExp(`^${key}: (.+)$`, "m").exec(merged)?.[1];
        if (value !== undefined) found.unshift(value);
      }
      return found;
    },
    async messages(commit, max) {
      const found: string[] = [];
      for (let one: Commit | null = at(commit); one && found.length < max; one = one.parent) {
        found.push(one.message);
      }
      return found;
    },
    async authors(from, to) {
      const found: CommitAuthor[] = [];
      for (let one: Commit | null = at(to); one && one.sha !== from; one = one.parent)
        found.push({ commit: one.sha, name: one.author, email: `${one.author}@users.test` });
      return found;
    },
    firstParentCount: async (commit) => at(commit).count,
    committedAtMs: async (commit) => at(commit).atMs,
    checkout: () => Promise.reject(new Error("the simulation builds without a checkout")),
  };
}

function isAncestor(repository: SimulatedRepository, ancestor: string, descendant: Commit): boolean {
  for (let one: Commit | null = descendant; one; one = one.parent) {
    if (one.sha === ancestor || one.merged === ancestor) return true;
    if (one.merged && repository.commit(one.merged).parent?.sha === ancestor) return true;
  }
  return false;
}

const listings = new WeakMap<Commit, Map<string, TreeEntry[]>>();

function entriesOf(commit: Commit, folder: string): TreeEntry[] {
  const known = listings.get(commit) ?? new Map<string, TreeEntry[]>();
  listings.set(commit, known);
  const found = known.get(folder);
  if (found) return found;
  const entries: TreeEntry[] = [];
  for (const [path, text] of commit.files) {
    if (folder !== "." && !path.startsWith(`${folder}/`)) continue;
    // Equal content has an equal id; nothing looks at more than that.
    entries.push({ path, mode: "100644", id: text, bytes: text.length });
  }
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  known.set(folder, entries);
  return entries;
}
