import { LRUCache } from "lru-cache";

/** Past this a text is rather read again: a listing of a large repository, a lockfile of megabytes. */
const FACT_BYTES_MAX = 256 * 1024;

/**
 * What git said of commits, trees and blobs, which their ids name for ever, so that no process is started to say it
 * again. One memory serves all mirrors; what was not asked for longest is forgotten first. Failures are not kept.
 */
export interface GitFacts {
  text(key: string, ask: () => Promise<string>): Promise<string>;
  /** Blobs by id, which is the same in every repository; those that are not known are asked for at once. */
  blobs(
    ids: readonly string[],
    ask: (unknown: readonly string[]) => Promise<Map<string, Buffer>>,
  ): Promise<Map<string, Buffer>>;
}

export function createGitFacts(bytesMax = 64 * 1024 ** 2): GitFacts {
  const facts = new LRUCache<string, string | Buffer>({
    maxSize: bytesMax,
    maxEntrySize: FACT_BYTES_MAX,
    sizeCalculation: (fact, key) => key.length + fact.length,
  });
  return {
    async text(key, ask) {
      const known = facts.get(key);
      if (typeof known === "string") return known;
      const text = await ask();
      facts.set(key, text);
      return text;
    },

    async blobs(ids, ask) {
      const blobs = new Map<string, Buffer>();
      for (const id of ids) {
        const known = facts.get(id);
        if (Buffer.isBuffer(known)) blobs.set(id, known);
      }
      const unknown = ids.filter((id) => !blobs.has(id));
      if (unknown.length === 0) return blobs;
      for (const [id, blob] of await ask(unknown)) {
        blobs.set(id, blob);
        // A copy: a slice would keep all of what git printed.
        if (blob.length <= FACT_BYTES_MAX) facts.set(id, Buffer.from(blob));
      }
      return blobs;
    },
  };
}
