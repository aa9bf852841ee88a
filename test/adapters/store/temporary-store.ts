import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { openStore, type Store } from "#adapters/store/open-store.ts";
import { postgresBinaries, startPostgres, type PostgresServer } from "./postgres-server.ts";
import { silentLogger, temporaryStoreDir } from "./store-template.ts";

/** Making a database takes seconds, and many more on a busy machine. */
const openingMs = 120_000;

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
