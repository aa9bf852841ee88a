import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";

const run = promisify(execFile);

export interface PostgresServer {
  /** The connection URL of a new, empty database. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** The folder of the newest PostgreSQL on this machine; null, said aloud, when there is none. */
export function postgresBinaries(): string | null {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root)
    ? readdirSync(root)
        .map(Number)
        .sort((a, b) => b - a)
    : [];
  const folders = [...versions.map((version) => join(root, String(version), "bin")), ...pathFolders()];
  const found = folders.find((folder) => existsSync(join(folder, "initdb")));
  if (found) return found;
  process.stderr.write("SKIPPED: tests on a PostgreSQL server. To run them: apt-get install postgresql\n");
  return null;
}

/** Starts a PostgreSQL of our own on loopback, with its data in a temporary folder and no promise to survive a crash. */
export async function startPostgres(binaries: string): Promise<PostgresServer> {
  const user = serverUser();
  const folder = await mkdtemp(join(tmpdir(), "showrunner-postgres-"));
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const initdb = ["-D", data, "-U", "showrunner", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"];
  await run(join(binaries, "initdb"), initdb, { cwd: folder, ...user });
  const { server, port } = await listening(join(binaries, "postgres"), data, folder, user);
  let databases = 0;
  return {
    async createDatabase() {
      databases += 1;
      await query(port, `create database test_${databases}`);
      return `postgres://showrunner@127.0.0.1:${port}/test_${databases}`;
    },
    async stop() {
      await ended(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type User = { readonly uid: number; readonly gid: number } | null;

/** PostgreSQL refuses to run as root, so root runs it as somebody else. */
function serverUser(): User {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody"]) {
    try {
      const [uid, gid] = ["-u", "-g"].map((flag) =>
        Number(execFileSync("id", [flag, name], { stdio: "pipe" })),
      );
      if (uid && gid) return { uid, gid };
    } catch {
      // This machine has no such user; the next one may do.
    }
  }
  throw new Error("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody");
}

/** Another process may take the free port before the server does, so a server that ends at once is tried again. */
async function listening(program: string, data: string, cwd: string, user: User) {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const settings = [
      `port=${port}`,
      "listen_addresses=127.0.0.1",
      "unix_socket_directories=",
      "fsync=off",
      "synchronous_commit=off",
      "full_page_writes=off",
      "shared_buffers=16MB",
      "max_connections=60",
    ].flatMap((setting) => ["-c", setting]);
    const server = spawn(program, ["-D", data, ...settings], { cwd, stdio: "ignore", ...user });
    process.once("exit", () => server.kill("SIGKILL"));
    if (await answers(server, port)) return { server, port };
    if (tries === 3) throw new Error("the PostgreSQL server ended while it started");
  }
}

async function answers(server: ChildProcess, port: number): Promise<boolean> {
  for (let looks = 0; looks < 300; looks += 1) {
    if (server.exitCode !== null) return false;
    try {
      await query(port, "select 1");
      return true;
    } catch {
      await sleep(50);
    }
  }
  throw new Error("the PostgreSQL server does not answer");
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exit = new Promise((resolve) => server.once("exit", resolve));
  // "Immediate shutdown": connections that a test left open do not keep it.
  server.kill("SIGQUIT");
  await exit;
}

async function query(port: number, text: string): Promise<void> {
  const client = new Client({ host: "127.0.0.1", port, user: "showrunner", database: "postgres" });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = address !== null && typeof address === "object" ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function pathFolders(): string[] {
  return (process.env["PATH"] ?? "").split(":").filter((folder) => folder !== "");
}
