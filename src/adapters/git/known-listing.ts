import type { TreeEntry } from "#domain/ports.ts";

/** Smaller commits are listed anew faster than compared. */
const entriesMin = 2_000;
/** More changed files than this are listed anew. */
const changesMax = 500;

interface Listing {
  /** All files of a commit. */
  readonly all: (commit: string) => Promise<TreeEntry[]>;
  /** Those of these paths that the commit has. */
  readonly some: (commit: string, paths: readonly string[]) => Promise<TreeEntry[]>;
  /** Paths of the files in which two commits differ. */
  readonly changed: (from: string, to: string) => Promise<string[]>;
}

export interface KnownListing {
  list(commit: string): Promise<TreeEntry[]>;
  /** The list of a commit where it is the one that is kept. */
  kept(commit: string): readonly TreeEntry[] | null;
}

/**
 * Lists all files of one commit after the other. Of a large one the list is kept, and for the next commit only what
 * differs is read: a fleet repository has tens of thousands of files, of which a commit changes a few.
 */
export function knownListing({ all, some, changed }: Listing): KnownListing {
  let known: { readonly commit: string; readonly entries: readonly TreeEntry[] } | null = null;

  async function listed(commit: string): Promise<readonly TreeEntry[]> {
    const before = known;
    if (before === null) return all(commit);
    if (before.commit === commit) return before.entries;
    const paths = await changed(before.commit, commit);
    if (paths.length > changesMax) return all(commit);
    return withChanges(before.entries, paths, paths.length === 0 ? [] : await some(commit, paths));
  }

  return {
    async list(commit) {
      const entries = await listed(commit).catch(() => {
        // What it was compared with may be gone from the mirror.
        known = null;
        return all(commit);
      });
      known = entries.length < entriesMin ? null : { commit, entries };
      return [...entries];
    },
    kept: (commit) => (known?.commit === commit ? known.entries : null),
  };
}

function withChanges(
  entries: readonly TreeEntry[],
  changed: readonly string[],
  present: readonly TreeEntry[],
): TreeEntry[] {
  const now = new Map(present.map((entry) => [entry.path, entry]));
  const gone = new Set(changed.filter((path) => !now.has(path)));
  const kept = entries.flatMap((entry) => {
    const changedEntry = now.get(entry.path);
    now.delete(entry.path);
    return gone.has(entry.path) ? [] : [changedEntry ?? entry];
  });
  if (now.size === 0) return kept;
  return [...kept, ...now.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
