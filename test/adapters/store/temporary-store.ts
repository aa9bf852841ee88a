import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { openStore, type Store } from "#adapters/store/open-store.ts";
import { postgresBinaries, startPostgres, type PostgresServer } from "./postgres-server.ts";

/** Making a database takes seconds, and many more on a busy machine. */
const openingMs = 120_000;

export const silentLogger = pino({ level: "silent" });

/** A database for one test file. */
export interface StorePlace {
  /** What `openStore` needs to open it. */
  where(): { readonly databaseUrl: string | null; readonly dir: string };
  /** Opens it; closed after the tests. On a server each call is one more replica. */
  open(): Promise<Store>;
}

/** Runs the same tests on the embedded database and on a real PostgreSQL server. */
export function describeOnEachStore(name: string, body: (place: StorePlace) => void): void {
  describe(`${name} (embedded)`, () => body(embeddedPlace()));
  describeOnPostgres(name, body);
}

export function describeOnPostgres(name: string, body: (place: StorePlace) => void): void {
  const binaries = postgresBinaries();
  if (binaries === null) describe.skip(`${name} (PostgreSQL)`, () => body(embeddedPlace()));
  else describe(`${name} (PostgreSQL)`, () => body(postgresPlace(binaries)));
}

/** A new folder with a store in it that was opened once; the caller removes it. */
export async function temporaryStoreDir(): Promise<string> {
  const template = await templateDir();
  const dir = mkdtempSync(join(tmpdir(), "showrunner-store-"));
  cpSync(template, dir, { recursive: true });
  return dir;
}

function embeddedPlace(): StorePlace {
  let dir = "";
  const opened: Store[] = [];
  beforeAll(async () => {
    dir = await temporaryStoreDir();
  }, openingMs);
  afterAll(async () => {
    for (const store of opened) await store.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const where = () => ({ databaseUrl: null, dir });
  return { where, open: () => opening(where(), opened) };
}

function postgresPlace(binaries: string): StorePlace {
  let server: PostgresServer | null = null;
  let databaseUrl = "";
  const opened: Store[] = [];
  beforeAll(async () => {
    server = await startPostgres(binaries);
    databaseUrl = await server.createDatabase();
  }, openingMs);
  afterAll(async () => {
    for (const store of opened) await store.close();
    await server?.stop();
  });
  const where = () => ({ databaseUrl, dir: "" });
  return { where, open: () => opening(where(), opened) };
}

async function opening(where: ReturnType<StorePlace["where"]>, opened: Store[]): Promise<Store> {
  const store = await openStore({ ...where, logger: silentLogger });
  opened.push(store);
  return store;
}

/** The first opening of an embedded store takes seconds, so it is done once a schema and kept for later runs. */
async function templateDir(): Promise<string> {
  const cache = "node_modules/.cache/showrunner";
  const hash = createHash("sha256");
  for (const file of [
    "src/adapters/store/migrations/0001-initial.ts",
    "src/adapters/store/migrations/0003-commands.ts",
    "src/adapters/store/migrations/0004-canary.ts",
    "src/adapters/store/migrations/0005-inventory.ts",
    "src/adapters/store/migrations/0006-steady-state.ts",
    "src/adapters/store/migrations/0007-notices.ts",
    "src/adapters/store/embedded-connection.ts",
    "node_modules/@electric-sql/pglite/package.json",
  ]) {
    hash.update(readFileSync(file));
  }
  const template = join(cache, `store-${hash.digest("hex").slice(0, 16)}`);
  if (existsSync(template)) return template;
  mkdirSync(cache, { recursive: true });
  const fresh = mkdtempSync(join(cache, "new-"));
  const store = await openStore({ databaseUrl: null, dir: fresh, logger: silentLogger });
  await store.close();
  try {
    renameSync(fresh, template);
  } catch {
    // Another test process was faster.
    rmSync(fresh, { recursive: true, force: true });
  }
  return template;
}
