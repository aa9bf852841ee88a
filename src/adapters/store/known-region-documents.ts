import type { Executor } from "./database.ts";
import { type RegionDocumentRecord, findRegionDocument, putRegionDocument } from "./region-documents.ts";

/** Region documents as controllers and nodes read and write them. */
export interface KnownRegionDocuments {
  readonly find: (region: string) => Promise<RegionDocumentRecord | null>;
  readonly put: (document: RegionDocumentRecord) => Promise<"stored" | "unchanged" | "stale">;
}

/**
 * Reads the megabytes of a document only when it is another one than the last that was read or written here: nodes and
 * controllers ask far more often than it changes. At most one is kept a region.
 */
export function knownRegionDocuments(db: Executor): KnownRegionDocuments {
  const known = new Map<string, RegionDocumentRecord>();
  return {
    async find(region) {
      const inForce = await db
        .selectFrom("region_documents")
        .select(["etag", "signature"])
        .where("region", "=", region)
        .executeTakeFirst();
      const last = known.get(region);
      if (last && inForce?.etag === last.etag && inForce.signature === last.signature) return last;
      const found = inForce ? await findRegionDocument(db, region) : null;
      if (found) known.set(region, found);
      else known.delete(region);
      return found;
    },

    async put(document) {
      const outcome = await putRegionDocument(db, document);
      if (outcome === "stored") known.set(document.region, document);
      return outcome;
    },
  };
}
