import { Kysely, PostgresDialect } from "kysely";
import { Pool, TypeOverrides } from "pg";
import type { Logger } from "pino";
import { StoreUnusableError, errorText, type Connection } from "./connection.ts";
import type { Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import { openPostgresNotifications } from "./postgres-notifications.ts";

const int8Oid = 20;
const timestamptzOid = 1184;
const oldestVersion = 150_000;

/** Opens a PostgreSQL server's database, which any number of replicas share. Errors: `StoreUnusableError`. */
export async function openPostgres(databaseUrl: string, logger: Logger): Promise<Connection> {
  const pool = new Pool({
    connectionString: databaseUrl,
    application_name: "showrunner",
    max: 10,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // A transaction that hangs would hold its rows for ever; ours take milliseconds.
    idle_in_transaction_session_timeout: 30_000,
    types: typeParsers(),
  });
  // An idle connection that breaks is replaced on the next use; without a listener the event would end the process.
  pool.on("error", (error) => logger.warn({ err: error }, "a database connection broke"));
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    await refuseOldServer(pool);
    await migrate(db);
    const notifications = await openPostgresNotifications(databaseUrl, logger);
    return {
      db,
      notifications,
      async close() {
        await notifications.close();
        await db.destroy();
      },
    };
  } catch (error) {
    await pool.end();
    throw new StoreUnusableError(
      `the database ${withoutSecrets(databaseUrl)} cannot be used: ${errorText(error)}`,
      error,
    );
  }
}

function typeParsers(): TypeOverrides {
  const parsers = new TypeOverrides();
  parsers.setTypeParser(int8Oid, Number);
  parsers.setTypeParser(timestamptzOid, (text) => Date.parse(text));
  return parsers;
}

async function refuseOldServer(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ version: number; name: string }>(
    "select current_setting('server_version_num')::int as version, current_setting('server_version') as name",
  );
  const [server] = rows;
  if (server && server.version < oldestVersion) {
    throw new Error(`it runs PostgreSQL ${server.name}; Showrunner needs 15 or newer`);
  }
}

/** Host, port and database of a connection URL, without user, password and parameters. */
function withoutSecrets(databaseUrl: string): string {
  if (!URL.canParse(databaseUrl)) return "in DATABASE_URL";
  const { host, pathname } = new URL(databaseUrl);
  return `${host}${pathname}`;
}
