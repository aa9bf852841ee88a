import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

/** Where a record is found again: its repository (0: none) and one key of its kind. */
export type Place = { repositoryId: number; key: string };

/**
 * Records of one kind, written through to SQLite before the call returns: what was answered survives `kill -9`.
 * Ids come from one sequence, so that they are unique across kinds.
 */
export class Collection<T extends { id: number }> {
  readonly #place: (record: Omit<T, "id">) => Place;
  readonly #kind: string;
  readonly #statements: Record<
    "insert" | "update" | "remove" | "get" | "byKey" | "all" | "count",
    StatementSync
  >;

  constructor(database: DatabaseSync, kind: string, place: (record: Omit<T, "id">) => Place) {
    this.#kind = kind;
    this.#place = place;
    const columns = "SELECT id, body FROM records WHERE kind = ? AND repository = ?";
    this.#statements = {
      insert: database.prepare("INSERT INTO records (kind, repository, key, body) VALUES (?, ?, ?, ?)"),
      update: database.prepare(
        "UPDATE records SET repository = ?, key = ?, body = ? WHERE id = ? AND kind = ?",
      ),
      remove: database.prepare("DELETE FROM records WHERE id = ? AND kind = ?"),
      get: database.prepare("SELECT id, body FROM records WHERE id = ? AND kind = ?"),
      byKey: database.prepare(`${columns} AND key = ? ORDER BY id`),
      all: database.prepare(`${columns} ORDER BY id`),
      count: database.prepare(
        "SELECT count(*) AS n FROM records WHERE kind = ? AND repository = ? AND key = ?",
      ),
    };
  }

  /** Makes the table that every collection shares. */
  static prepare(database: DatabaseSync): void {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS records (
        id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, repository INTEGER NOT NULL,
        key TEXT NOT NULL, body TEXT NOT NULL) STRICT;
      CREATE INDEX IF NOT EXISTS records_place ON records (kind, repository, key, id);
      CREATE INDEX IF NOT EXISTS records_repository ON records (kind, repository, id);`);
  }

  add(fields: Omit<T, "id">): T {
    const { repositoryId, key } = this.#place(fields);
    const done = this.#statements.insert.run(this.#kind, repositoryId, key, JSON.stringify(fields));
    return withId<T>(Number(done.lastInsertRowid), fields);
  }

  put(record: T): T {
    const { repositoryId, key } = this.#place(record);
    const { id, ...fields } = record;
    this.#statements.update.run(repositoryId, key, JSON.stringify(fields), id, this.#kind);
    return record;
  }

  delete(id: number): void {
    this.#statements.remove.run(id, this.#kind);
  }

  get(id: number): T | undefined {
    return this.#read(this.#statements.get, id, this.#kind)[0];
  }

  /** Oldest first. Without a key: every record of the repository. */
  list(repositoryId: number, key?: string): T[] {
    if (key === undefined) return this.#read(this.#statements.all, this.#kind, repositoryId);
    return this.#read(this.#statements.byKey, this.#kind, repositoryId, key);
  }

  find(repositoryId: number, key: string): T | undefined {
    return this.list(repositoryId, key)[0];
  }

  count(repositoryId: number, key: string): number {
    return Number(this.#statements.count.get(this.#kind, repositoryId, key)?.["n"] ?? 0);
  }

  #read(statement: StatementSync, ...values: SQLInputValue[]): T[] {
    return statement.all(...values).map((row) => {
      const fields: unknown = JSON.parse(String(row["body"]));
      // Rows are written by `add` and `put` alone, so what is read back has the collection's own type.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return withId<T>(Number(row["id"]), fields as Omit<T, "id">);
    });
  }
}

function withId<T extends { id: number }>(id: number, fields: Omit<T, "id">): T {
  // What TypeScript does not see for a generic T: `Omit<T, "id">` and an id make a T.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { ...fields, id } as T;
}
