import type { FastifyInstance } from "fastify";
import type { Store } from "#adapters/store/open-store.ts";
import { listRepositories } from "#adapters/store/repositories.ts";
import { listActiveRollouts, listRecentRollouts, listRolloutsOfScript } from "#adapters/store/rollouts.ts";
import { listScripts } from "#adapters/store/scripts.ts";
import { rolloutHistory } from "./rollout-history.ts";

interface RolloutRoutesOptions {
  readonly store: Store;
  /** Where GitHub's pages are. */
  readonly webUrl: string;
}

const limitDefault = 100;
const limitMax = 1_000;

/** Rollouts, those under way and past ones, against their promises. */
export async function rolloutRoutes(
  app: FastifyInstance,
  { store: { db }, webUrl }: RolloutRoutesOptions,
): Promise<void> {
  app.get<{ Querystring: { active?: string; limit?: string } }>(
    "/api/rollouts",
    {
      schema: {
        summary: "Rollouts, newest first, with promised and actual times; active=true: those under way.",
      },
    },
    async (request) => {
      const { active, limit } = request.query;
      const rollouts =
        active === "true" ? await listActiveRollouts(db) : await listRecentRollouts(db, bounded(limit));
      return rolloutHistory(rollouts, await listRepositories(db), webUrl);
    },
  );

  app.get<{ Params: { name: string }; Querystring: { version?: string; limit?: string } }>(
    "/api/scripts/:name/rollouts",
    {
      schema: {
        summary:
          "The rollouts of one script, newest first, with promised and actual times; by version, the commit that every region serves.",
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const { version, limit } = request.query;
      const scripts = (await listScripts(db)).filter(
        (script) => script.name === name && (version === undefined || script.version === version),
      );
      if (scripts.length === 0) {
        const what = version === undefined ? name : `${name}@${version}`;
        const error = { code: "unknown_script", message: `there is no script ${what}`, script: name };
        return reply.code(404).send({ error });
      }
      const found = [];
      for (const script of scripts)
        found.push(...(await listRolloutsOfScript(db, name, script.version, bounded(limit))));
      found.sort((a, b) => b.startedAtMs - a.startedAtMs);
      return {
        ...rolloutHistory(found.slice(0, bounded(limit)), await listRepositories(db), webUrl),
        served: Object.fromEntries(scripts.map((script) => [script.version, script.servedCommit])),
      };
    },
  );
}

function bounded(limit: string | undefined): number {
  const number = Number(limit ?? limitDefault);
  return Number.isSafeInteger(number) && number > 0 ? Math.min(number, limitMax) : limitDefault;
}
