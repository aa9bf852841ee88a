/** More commits than rollouts in flight name; the oldest are asked for again. */
const commitsMax = 1_000;

/** What was found out of a mirror's commits and does not change, so that git is not started to say it again. */
export interface KnownCommits {
  has(commit: string): boolean;
  add(commit: string): void;
  /** The id of a commit's tree, asked for once. */
  tree(commit: string, ask: () => Promise<string>): Promise<string>;
  /** After the mirror was replaced: a new clone lacks what no branch leads to any more. */
  forget(): void;
}

export function knownCommits(): KnownCommits {
  const present = new Set<string>();
  const trees = new Map<string, string>();
  return {
    has: (commit) => present.has(commit),
    add(commit) {
      present.add(commit);
      dropOldest(present);
    },
    async tree(commit, ask) {
      const known = trees.get(commit);
      if (known !== undefined) return known;
      const tree = await ask();
      trees.set(commit, tree);
      dropOldest(trees);
      return tree;
    },
    forget() {
      present.clear();
      trees.clear();
    },
  };
}

function dropOldest(known: Set<string> | Map<string, string>): void {
  const [oldest] = known.keys();
  if (known.size > commitsMax && oldest !== undefined) known.delete(oldest);
}
