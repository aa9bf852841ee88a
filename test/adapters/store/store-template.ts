import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { openStore } from "#adapters/store/open-store.ts";

const migrations = "src/adapters/store/migrations";

export const silentLogger = pino({ level: "silent" });

/** A new folder with a store in it that was opened once; the caller removes it. */
export async function temporaryStoreDir(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), "showrunner-store-"));
  await copyOpenedStore(dir);
  return dir;
}

/** Puts a store that was opened once where a process will look for its own. */
export async function copyOpenedStore(dir: string): Promise<void> {
  cpSync(await templateDir(), dir, { recursive: true });
}

/** The first opening of an embedded store takes seconds, so it is done once a schema and kept for later runs. */
async function templateDir(): Promise<string> {
  const cache = "node_modules/.cache/showrunner";
  const hash = createHash("sha256");
  for (const file of [
    ...readdirSync(migrations).map((name) => join(migrations, name)),
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
