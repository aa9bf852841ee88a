/** More commits than rollouts in flight name; the oldest are asked for again. */
const commitsMax = 1_000;

/** Commits that were found in a mirror, so that git is not started to find them again. */
export interface KnownCommits {
  has(commit: string): boolean;
  add(commit: string): void;
  /** After the mirror was replaced: a new clone lacks what no branch leads to any more. */
  forget(): void;
}

export function knownCommits(): KnownCommits {
  const present = new Set<string>();
  return {
    has: (commit) => present.has(commit),
    add(commit) {
      present.add(commit);
      const [oldest] = present;
      if (present.size > commitsMax && oldest !== undefined) present.delete(oldest);
    },
    forget: () => present.clear(),
  };
}
