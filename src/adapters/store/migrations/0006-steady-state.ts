import { sql, type Kysely } from "kysely";

const statements = [
  `alter table scripts add column served_digest text`,
  `alter table repositories add column settled_state text`,
];

/** What the sweep compares in bulk: what every region serves of a script, and the push a repository was last looked at for. */
export const steadyState = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
