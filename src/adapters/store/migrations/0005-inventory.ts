import { sql, type Kysely } from "kysely";

// Statements as text: a migration describes the past, so it must not change when the table types do.
const statements = [
  `create table inventory (
    digest text not null,
    name text not null,
    version text not null,
    direct boolean not null,
    primary key (digest, name, version)
  )`,
  `create index inventory_name on inventory (name)`,
  `insert into inventory (digest, name, version, direct)
    select builds.outcome->>'digest', library->>'name', library->>'version',
      bool_or(coalesce((library->>'direct')::boolean, false))
    from builds, jsonb_array_elements(builds.outcome->'libraries') as library
    where builds.outcome->>'kind' = 'built'
    group by 1, 2, 3`,
];

/** Which libraries every revision contains, those that were built before included. */
export const inventory = {
  async up(db: Kysely<unknown>): Promise<void> {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};
