/** What was last written to GitHub for an identity, and where. Losing it costs look-ups, never duplicates. */
export interface EffectCache {
  get(key: string): Promise<Effect | null>;
  set(key: string, effect: Effect): Promise<void>;
}

export interface Effect {
  /** GitHub's id of the object. */
  readonly remoteId: number;
  readonly contentHash: string;
}
