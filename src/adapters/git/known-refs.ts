/** What a mirror's refs point to, which changes only by a fetch. */
export interface KnownRefs {
  of(ref: string, ask: () => Promise<string | null>): Promise<string | null>;
  /** Before and after a fetch. */
  forget(): void;
}

export function knownRefs(): KnownRefs {
  let refs = new Map<string, string | null>();
  return {
    async of(ref, ask) {
      const known = refs.get(ref);
      if (known !== undefined) return known;
      // An answer that comes after a fetch may be from before it: it goes where nobody looks any more.
      const asked = refs;
      const found = await ask();
      asked.set(ref, found);
      return found;
    },
    forget() {
      refs = new Map();
    },
  };
}
