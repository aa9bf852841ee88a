import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Who holds a store directory. */
export interface DirectoryHolder {
  readonly pid: number;
  readonly host: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** The program and its script, without arguments: these may hold secrets. */
  readonly command: string;
}

/** Another live process holds the store directory. `holder` is null when it has not written its name yet. */
export class StoreHeldError extends Error {
  readonly dir: string;
  readonly holder: DirectoryHolder | null;
  constructor(dir: string, holder: DirectoryHolder | null) {
    const who = holder
      ? `process ${holder.pid} on ${holder.host} (${holder.command}, started ${holder.startedAt})`
      : "another process";
    super(
      `the store in ${dir} is held by ${who}; stop it, use another directory, or set DATABASE_URL to share a PostgreSQL`,
    );
    this.name = "StoreHeldError";
    this.dir = dir;
    this.holder = holder;
  }
}

export interface DirectoryLock {
  release(): void;
}

/**
 * Takes a directory for this process alone, or throws `StoreHeldError`.
 *
 * The lock is one the kernel keeps and drops with the process, whatever kills it, so a live holder is never robbed and
 * a dead one never waited for, across containers on one machine too; process ids in a file can do neither. Node has no
 * call for it, but its SQLite takes exactly such a lock. Nothing else may open the lock file: closing any handle on it
 * would drop the lock, which is why the holder's name lives in a file beside it.
 */
export function lockDirectory(dir: string, startedAtMs: number): DirectoryLock {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const holderFile = join(dir, "holder.json");
  const database = new DatabaseSync(join(dir, "lock"), { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isBusy(error)) throw new StoreHeldError(dir, readHolder(holderFile));
    throw error;
  }
  const holder: DirectoryHolder = {
    pid: process.pid,
    host: hostname(),
    startedAt: new Date(startedAtMs).toISOString(),
    command: [process.execPath, process.argv[1] ?? ""].map((path) => basename(path)).join(" "),
  };
  writeFileSync(holderFile, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  return { release: () => database.close() };
}

/** SQLITE_BUSY: the lock is taken. */
function isBusy(error: unknown): boolean {
  return typeof error === "object" && error !== null && "errcode" in error && error.errcode === 5;
}

function readHolder(file: string): DirectoryHolder | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isHolder(value) ? value : null;
  } catch {
    return null;
  }
}

function isHolder(value: unknown): value is DirectoryHolder {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "host" in value &&
    typeof value.host === "string" &&
    "startedAt" in value &&
    typeof value.startedAt === "string" &&
    "command" in value &&
    typeof value.command === "string"
  );
}
