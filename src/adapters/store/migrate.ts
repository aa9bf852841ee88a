import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import type { Database } from "./database.ts";
import { initial } from "./migrations/0001-initial.ts";
import { canary } from "./migrations/0004-canary.ts";
import { campaigns } from "./migrations/0008-campaigns.ts";
import { commands } from "./migrations/0003-commands.ts";
import { experiments } from "./migrations/0012-experiments.ts";
import { inventory } from "./migrations/0005-inventory.ts";
import { libraryReleases } from "./migrations/0013-library-releases.ts";
import { steadyState } from "./migrations/0006-steady-state.ts";
import { notices } from "./migrations/0007-notices.ts";
import { underWay } from "./migrations/0014-under-way.ts";
import { canaryOfPullRequest } from "./migrations/0015-canary-of-pull-request.ts";

/** Brings the schema up to date. Replicas that start together wait for each other; a failed migration throws. */
export async function migrate(db: Kysely<Database>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: () =>
        Promise.resolve({
          "0001-initial": initial,
          "0003-commands": commands,
          "0004-canary": canary,
          "0005-inventory": inventory,
          "0006-steady-state": steadyState,
          "0007-notices": notices,
          "0008-campaigns": campaigns,
          "0012-experiments": experiments,
          "0013-library-releases": libraryReleases,
          "0014-under-way": underWay,
          "0015-canary-of-pull-request": canaryOfPullRequest,
        }),
    },
  });
  const { error } = await migrator.migrateToLatest();
  if (error) throw error;
}
