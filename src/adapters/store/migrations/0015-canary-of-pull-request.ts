import { sql, type Kysely } from "kysely";

// A statement as text: a migration describes the past, so it must not change when the table types do.
const statement = `alter table pull_requests add column canary text
  check (canary in ('running', 'success', 'failure', 'actionRequired'))`;

/** How a pull request's canaries stand, for lists of pull requests. */
export const canaryOfPullRequest = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql.raw(statement).execute(db);
  },
};
