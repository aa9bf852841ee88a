import { generateKeyPairSync } from "node:crypto";
import { pino } from "pino";
import { openStore, type Store } from "#adapters/store/open-store.ts";
import { jsonText } from "#adapters/store/json-text.ts";
import { recordReport, registerNode } from "#adapters/store/nodes.ts";
import { upsertRepository } from "#adapters/store/repositories.ts";
import { parseScript } from "#domain/manifest/parse-manifest.ts";
import type { NodeReport } from "#schemas/types.ts";
import { manifestText, REGIONS, type SteadyScript } from "./steady-fleet.ts";

const ROWS_AT_ONCE = 500;
const NODES_A_REGION = 2;

/** What an embedded store knows once every script has been rolled out: repositories, scripts, and nodes that report all of them. */
export async function fillStore(dir: string, scripts: readonly SteadyScript[]): Promise<void> {
  const store = await openStore({ databaseUrl: null, dir, logger: pino({ level: "silent" }) });
  try {
    const repositories = new Map(scripts.map(({ repository }) => [repository.id, repository]));
    const seenAtMs = Date.now();
    for (const { id, name, head } of repositories.values()) {
      const known = { id, fullName: `acme/${name}`, defaultBranch: "main", head, kind: "scripts" } as const;
      await upsertRepository(store.db, { ...known, seenAtMs, removedAtMs: null, settledState: null });
    }
    for (let from = 0; from < scripts.length; from += ROWS_AT_ONCE)
      await insertScripts(store, scripts.slice(from, from + ROWS_AT_ONCE));
    for (const region of REGIONS)
      for (let index = 0; index < NODES_A_REGION; index += 1)
        await reportingNode(store, `${region}-${index}`, region, scripts);
  } finally {
    await store.close();
  }
}

async function insertScripts(store: Store, scripts: readonly SteadyScript[]): Promise<void> {
  const rows = scripts.map(({ name, repository, path, digest }) => {
    const parsed = parseScript(manifestText(name), "showrunner.yaml");
    if (!parsed.ok) throw new Error("the benchmark's manifest is not valid");
    return {
      name,
      version: "1",
      repo_id: repository.id,
      path,
      manifest: jsonText(parsed.manifest),
      commit: repository.head,
      declared: true,
      problems: jsonText([]),
      served_commit: repository.head,
      served_digest: digest,
    };
  });
  await store.db.insertInto("scripts").values(rows).execute();
}

async function reportingNode(
  { db }: Store,
  id: string,
  region: string,
  scripts: readonly SteadyScript[],
): Promise<void> {
  const publicKey = generateKeyPairSync("ed25519")
    .publicKey.export({ type: "spki", format: "pem" })
    .toString();
  const nowMs = Date.now();
  const urls = { gatewayUrl: "http://127.0.0.1:9", adminUrl: "http://127.0.0.1:9" };
  await registerNode(db, { id, region, publicKey, ...urls, claimedSlot: null, nowMs });
  const since = new Date(nowMs).toISOString();
  const report: NodeReport = {
    schema: 1,
    node: id,
    region,
    bootId: "3f0c5a52-7d0f-4c1e-9a3c-0d5b1f6f2a11",
    sequence: 1,
    reportedAt: since,
    state: "ready",
    document: null,
    instances: scripts.map(({ name, digest }) => ({
      script: name,
      version: "1",
      role: "stable",
      digest,
      state: "serving",
      since,
      requests: 100,
      errors: 0,
    })),
    problems: [],
  };
  await recordReport(db, { id, report, receivedAtMs: nowMs });
}
