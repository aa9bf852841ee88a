import { promisify } from "node:util";
import { constants, gunzip, zstdCompressSync, zstdDecompress } from "node:zlib";
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

const fast = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const decompressors = new Map([
  ["28b52ffd", promisify(zstdDecompress)],
  // Of stores from before.
  ["1f8b0800", promisify(gunzip)],
]);

/**
 * Puts a document in force unless the one in force is of a later (epoch, generation), which a slow writer finds out
 * here; tells watchers when the bytes changed.
 */
export async function putRegionDocument(
  db: Executor,
  document: RegionDocumentRecord,
): Promise<"stored" | "unchanged" | "stale"> {
  // Compressed, for writing megabytes is what takes the embedded database long; at once, for that takes a few
  // milliseconds, and a thread's answer waits for everything else that goes on; and as base64, for that database's client
  // takes bytes apart one by one.
  const base64 = zstdCompressSync(document.bytes, fast).toString("base64");
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
      values (${region}, ${epoch}, ${generation}, ${etag}, decode(${base64}, 'base64'), ${signature}, ${new Date(document.updatedAtMs)})
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

/** Rows from before documents were compressed hold their JSON as it is. */
async function asSigned(row: RegionDocumentRecord): Promise<RegionDocumentRecord> {
  const decompress = decompressors.get(Buffer.from(row.bytes.subarray(0, 4)).toString("hex"));
  return decompress ? { ...row, bytes: await decompress(row.bytes) } : row;
}

function selectDocuments(db: Executor) {
  return db
    .selectFrom("region_documents")
    .select(["region", "epoch", "generation", "etag", "bytes", "signature", "updated_at as updatedAtMs"]);
}
