import type { RegionDocumentRecord } from "#adapters/store/region-documents.ts";
import type { RegionDocument } from "#schemas/types.ts";

const parsed = new WeakMap<RegionDocumentRecord, RegionDocument>();

/** A region's document as the nodes read it; all of them share one reading. */
export function parsedDocument(record: RegionDocumentRecord): RegionDocument {
  const known = parsed.get(record);
  if (known) return known;
  const document: RegionDocument = JSON.parse(new TextDecoder().decode(record.bytes));
  parsed.set(record, document);
  return document;
}
