/**
 * As numbered in facts/reliability.md; 0 is that controllers fail for no reason of their own, and 12 that every node has
 * all of a change to several scripts or none of it.
 */
export type InvariantNumber = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12;

export class BrokenInvariant extends Error {
  readonly invariant: InvariantNumber;
  constructor(invariant: InvariantNumber, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

/** Counts the checks, and stops at the first that fails. */
export class Ledger {
  readonly counts = new Map<InvariantNumber, number>();

  check(invariant: InvariantNumber, holds: boolean, message: () => string): void {
    this.counts.set(invariant, (this.counts.get(invariant) ?? 0) + 1);
    if (!holds) throw new BrokenInvariant(invariant, message());
  }
}
