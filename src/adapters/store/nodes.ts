import { sql } from "kysely";
import { chooseSlot } from "#domain/reconcile/slots.ts";
import type { NodeReport } from "#schemas/types.ts";
import type { Executor } from "./database.ts";
import { jsonText } from "./json-text.ts";
import { transact } from "./transact.ts";

/** A registered runtime node and its latest report. Times are epoch milliseconds. */
export interface NodeRecord {
  readonly id: string;
  readonly region: string;
  /** In [0, 100); docs/adr/0002-nodes-have-slots.md. */
  readonly slot: number;
  /** SPKI PEM. */
  readonly publicKey: string;
  readonly gatewayUrl: string;
  readonly adminUrl: string;
  readonly registeredAtMs: number;
  readonly report: NodeReport | null;
  readonly bootId: string | null;
  readonly sequence: number | null;
  /** When the report arrived; null before the first. */
  readonly receivedAtMs: number | null;
}

export interface NodeRegistration {
  readonly id: string;
  readonly region: string;
  readonly publicKey: string;
  readonly gatewayUrl: string;
  readonly adminUrl: string;
  readonly claimedSlot: number | null;
  readonly nowMs: number;
}

export type RegistrationOutcome =
  | { readonly kind: "registered"; readonly slot: number }
  /** The name belongs to another key that showed life within the last minute. */
  | { readonly kind: "nameTaken" }
  | { readonly kind: "regionFull" };

export interface ArrivedReport {
  readonly id: string;
  readonly report: NodeReport;
  readonly receivedAtMs: number;
}

/** Silence after which another key may take a node's name over. */
const silentMs = 60_000;
/** More restarts than reports can be on their way from. */
const pastBootsMax = 20;

/** Admits a node, or one that comes back, and gives it a slot: its own, the one it claims, or the first free one. */
export async function registerNode(
  db: Executor,
  registration: NodeRegistration,
): Promise<RegistrationOutcome> {
  const { id, region, publicKey, gatewayUrl, adminUrl, claimedSlot, nowMs } = registration;
  return transact(db, async (trx) => {
    // One registration at a time, so that two nodes never choose the same slot and two keys never the same name.
    await sql`select pg_advisory_xact_lock(hashtext('showrunner nodes'))`.execute(trx);
    const known = await findNode(trx, id);
    if (known && known.publicKey !== publicKey && nowMs - lastSignOfLifeMs(known) < silentMs) {
      return { kind: "nameTaken" };
    }
    const others = await trx
      .selectFrom("nodes")
      .select("slot")
      .where("region", "=", region)
      .where("id", "<>", id)
      .execute();
    const wanted = known?.region === region ? known.slot : claimedSlot;
    const slot = chooseSlot(new Set(others.map((other) => other.slot)), wanted);
    if (slot === null) return { kind: "regionFull" };
    const values = {
      region,
      slot,
      public_key: publicKey,
      gateway_url: gatewayUrl,
      admin_url: adminUrl,
      registered_at: new Date(nowMs),
    };
    // Another key is another node under an old name: what the old one reported says nothing about it.
    const forgotten =
      known && known.publicKey !== publicKey
        ? {
            report: null,
            boot_id: null,
            past_boots: jsonText<string[]>([]),
            sequence: null,
            received_at: null,
          }
        : {};
    await trx
      .insertInto("nodes")
      .values({ id, ...values, past_boots: jsonText<string[]>([]) })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ ...values, ...forgotten }))
      .execute();
    return { kind: "registered", slot };
  });
}

/** Keeps a report unless a later one of its boot, or of a later boot, is here already. The caller has checked its signature. */
export async function recordReport(
  db: Executor,
  { id, report, receivedAtMs }: ArrivedReport,
): Promise<"recorded" | "stale" | "unknownNode"> {
  const { bootId, sequence } = report;
  const { numUpdatedRows } = await db
    .updateTable("nodes")
    .set({
      report: jsonText(report),
      boot_id: bootId,
      sequence,
      received_at: new Date(receivedAtMs),
      past_boots: sql<string[]>`case when boot_id is null or boot_id = ${bootId} then past_boots
        else jsonb_path_query_array(jsonb_build_array(boot_id) || past_boots, ${`$[0 to ${pastBootsMax - 1}]`}::jsonpath)
        end`,
    })
    .where("id", "=", id)
    .where(
      sql<boolean>`(boot_id is null or (boot_id = ${bootId} and sequence < ${sequence})
        or (boot_id <> ${bootId} and not past_boots ? ${bootId}))`,
    )
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return "recorded";
  return (await findNode(db, id)) ? "stale" : "unknownNode";
}

export async function findNode(db: Executor, id: string): Promise<NodeRecord | null> {
  return (await selectNodes(db).where("id", "=", id).executeTakeFirst()) ?? null;
}

/** By region, then slot. */
export async function listNodes(db: Executor): Promise<NodeRecord[]> {
  return selectNodes(db).orderBy("region").orderBy("slot").execute();
}

/** The same without their reports. */
export async function listNodeHeads(db: Executor): Promise<Omit<NodeRecord, "report">[]> {
  return db.selectFrom("nodes").select(headColumns).orderBy("region").orderBy("slot").execute();
}

export async function listNodesOfRegion(db: Executor, region: string): Promise<NodeRecord[]> {
  return selectNodes(db).where("region", "=", region).orderBy("slot").execute();
}

/** Forgets nodes silent since before a time, so that their slots are free again; one that returns registers anew. */
export async function forgetSilentNodes(db: Executor, beforeMs: number): Promise<void> {
  const before = new Date(beforeMs);
  await sql`delete from nodes where greatest(registered_at, received_at) < ${before}`.execute(db);
}

function lastSignOfLifeMs({ registeredAtMs, receivedAtMs }: NodeRecord): number {
  return Math.max(registeredAtMs, receivedAtMs ?? 0);
}

const headColumns = [
  "id",
  "region",
  "slot",
  "public_key as publicKey",
  "gateway_url as gatewayUrl",
  "admin_url as adminUrl",
  "registered_at as registeredAtMs",
  "boot_id as bootId",
  "sequence",
  "received_at as receivedAtMs",
] as const;

function selectNodes(db: Executor) {
  return db.selectFrom("nodes").select([...headColumns, "report"]);
}
