import { promisify } from "node:util";
import { constants, gunzip, gzip } from "node:zlib";
import { sql } from "kysely";
import type { Executor } from "./database.ts";
import { publishChange } from "./changes.ts";
import { transact } from "./transact.ts";

/** A region's document as it is served, with its detached signature. */
export interface RegionDocumentRecord {
  readonly region: string;
  readonly epoch: number;
  readonly generation: number;
  readonly etag: string;
  /** Exactly what was signed. */
  readonly bytes: Uint8Array;
  /** Base64. */
  readonly signature: string;
  readonly updatedAtMs: number;
}

// The columns hold a fraction when compressed: writing megabytes is what takes the embedded database long.
const compress = promisify(gzip);
const decompress = promisify(gunzip);

/**
 * Puts a document in force unless the one in force is of a later (epoch, generation), which a slow writer finds out
 * here; tells watchers when the bytes changed.
 */
export async function putRegionDocument(
  db: Executor,
  document: RegionDocumentRecord,
): Promise<"stored" | "unchanged" | "stale"> {
  const bytes = await compress(document.bytes, { level: constants.Z_BEST_SPEED });
  return transact(db, async (trx) => {
    const inForce = await trx
      .selectFrom("region_documents")
      .select(["epoch", "generation", "etag", "signature"])
      .where("region", "=", document.region)
      .executeTakeFirst();
    if (
      inForce?.epoch === document.epoch &&
      inForce.generation === document.generation &&
      inForce.etag === document.etag &&
      inForce.signature === document.signature
    ) {
      return "unchanged";
    }
    const { region, epoch, generation, etag, signature } = document;
    const { rows } = await sql`
      insert into region_documents as present (region, epoch, generation, etag, bytes, signature, updated_at)
      values (${region}, ${epoch}, ${generation}, ${etag}, ${bytes}, ${signature}, ${new Date(document.updatedAtMs)})
      on conflict (region) do update
      set epoch = excluded.epoch, generation = excluded.generation, etag = excluded.etag, bytes = excluded.bytes,
          signature = excluded.signature, updated_at = excluded.updated_at
      where (present.epoch, present.generation) <= (excluded.epoch, excluded.generation)
      returning region`.execute(trx);
    if (rows.length === 0) return "stale";
    await publishChange(trx, { kind: "region", region });
    return "stored";
  });
}

/** null before the region's first document. */
export async function findRegionDocument(db: Executor, region: string): Promise<RegionDocumentRecord | null> {
  const row = await selectDocuments(db).where("region", "=", region).executeTakeFirst();
  return row ? asSigned(row) : null;
}

/** By region. */
export async function listRegionDocuments(db: Executor): Promise<RegionDocumentRecord[]> {
  return Promise.all((await selectDocuments(db).orderBy("region").execute()).map(asSigned));
}

/** Rows from before documents were compressed hold their JSON as it is, which no gzip begins like. */
async function asSigned(row: RegionDocumentRecord): Promise<RegionDocumentRecord> {
  const { bytes } = row;
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? { ...row, bytes: await decompress(bytes) } : row;
}

function selectDocuments(db: Executor) {
  return db
    .selectFrom("region_documents")
    .select(["region", "epoch", "generation", "etag", "bytes", "signature", "updated_at as updatedAtMs"]);
}
