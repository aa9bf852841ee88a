import type { FastifyInstance } from "fastify";
import semver from "semver";
import type { Store } from "#adapters/store/open-store.ts";
import { findAffected, findAttention, findLibrary, findMaterials } from "#app/campaign/read-inventory.ts";
import { reasonWords } from "#app/presentation/reason-words.ts";
import { readAdvisory } from "#domain/campaign/osv-advisory.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";

export interface InventoryRoutesOptions {
  readonly store: Store;
  readonly fleet: { current(): Promise<FleetSnapshot | null> };
}

const NO_FLEET = { error: { code: "no_fleet", message: "no valid fleet.yaml was found" } };

/** Which libraries what is deployed really contains. */
export async function inventoryRoutes(
  app: FastifyInstance,
  { store, fleet }: InventoryRoutesOptions,
): Promise<void> {
  app.get<{ Querystring: { library?: string; range?: string } }>(
    "/api/inventory",
    { schema: { summary: "Who runs a library in a version of a range, where, and at what traffic." } },
    async (request, reply) => {
      const { library = "", range = "*" } = request.query;
      if (library === "") return reply.code(400).send(invalid("name a library"));
      if (semver.validRange(range) === null)
        return reply.code(400).send(invalid(`"${range}" is no range of versions`));
      const snapshot = await fleet.current();
      if (!snapshot) return reply.code(404).send(NO_FLEET);
      return { library, range, uses: await findLibrary(store.db, snapshot, library, range) };
    },
  );

  app.get(
    "/api/inventory/attention",
    {
      schema: {
        summary:
          "Deployed scripts with libraries that are deprecated, at their end, slow or broken, by need.",
      },
    },
    async (_request, reply) => {
      const snapshot = await fleet.current();
      if (!snapshot) return reply.code(404).send(NO_FLEET);
      return attentionReport(await findAttention(store.db, snapshot));
    },
  );

  app.post(
    "/api/inventory/advisory",
    {
      schema: {
        summary: "The deployed revisions that an advisory (OSV) is about.",
        body: { type: "object" },
      },
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const read = readAdvisory(request.body);
      if (read.kind === "invalid") return reply.code(400).send(invalid(read.reason));
      const snapshot = await fleet.current();
      if (!snapshot) return reply.code(404).send(NO_FLEET);
      const id = read.kind === "withdrawn" ? read.id : read.advisory.id;
      const uses = read.kind === "withdrawn" ? [] : await findAffected(store.db, snapshot, read.advisory);
      return { advisory: id, withdrawn: read.kind === "withdrawn", uses };
    },
  );

  app.get<{ Params: { name: string }; Querystring: { version?: string } }>(
    "/api/scripts/:name/sbom",
    { schema: { summary: "What a script's deployed revision contains, as CycloneDX." } },
    async (request, reply) => {
      const snapshot = await fleet.current();
      if (!snapshot) return reply.code(404).send(NO_FLEET);
      const { name } = request.params;
      const found = await findMaterials(store.db, snapshot, name, request.query.version ?? null);
      if (found !== null) return found;
      const message = `no region serves a revision of ${name}`;
      return reply.code(404).send({ error: { code: "unknown_script", message, script: name } });
    },
  );
}

/** Who needs attention and why, also in words. */
export type AttentionReport = ReturnType<typeof attentionReport>;

function attentionReport(uses: Awaited<ReturnType<typeof findAttention>>) {
  return { uses: uses.map((use) => ({ ...use, reasonText: use.reasons.map(reasonWords).join("; ") })) };
}

function invalid(message: string) {
  return { error: { code: "invalid_request", message } };
}
