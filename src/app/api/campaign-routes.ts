import type { FastifyInstance, FastifyReply } from "fastify";
import { nameOf } from "#domain/campaign/campaign-file.ts";
import type { CampaignDesk } from "#app/campaign/campaign-desk.ts";
import type { CampaignChange } from "#app/campaign/change-campaign.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import { rollbackAnswer, shipAnswer } from "./campaign-answers.ts";
import { parseChangeRequest, parseShipRequest, parseStartRequest } from "./campaign-requests.ts";
import { campaignDetail, campaignSummary } from "./campaign-view.ts";
import { failure, refuse, unreachable } from "./refusal.ts";

export interface CampaignRoutesOptions {
  readonly fleet: { current(): Promise<FleetSnapshot | null> };
  readonly campaigns: CampaignDesk;
}

/** What is wrong with a body is said by one parser, in words; the schema describes it for readers. */
const parsedByHand = { validatorCompiler: () => () => true };

/** Upgrade campaigns: what the CLI and the page read and ask for. */
export async function campaignRoutes(
  app: FastifyInstance,
  { fleet, campaigns }: CampaignRoutesOptions,
): Promise<void> {
  app.get("/api/campaigns", { schema: { summary: "All upgrade campaigns, by name." } }, async () => {
    const snapshot = await fleet.current();
    const found = [];
    for (const { campaign } of snapshot?.campaigns.values() ?? [])
      if (snapshot) found.push(campaignSummary(await campaigns.read(snapshot, campaign)));
    return { campaigns: found.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  });

  app.get<{ Params: { name: string } }>(
    "/api/campaigns/:name",
    { schema: { summary: "One campaign with every repository: score, state, pull request." } },
    async (request, reply) => {
      const name = nameOf(request.params.name);
      const snapshot = await fleet.current();
      const file = snapshot?.campaigns.get(name);
      if (!snapshot || file === undefined)
        return reply.code(404).send(failure("unknown_campaign", `There is no campaign ${name}.`));
      return campaignDetail(await campaigns.read(snapshot, file.campaign));
    },
  );

  app.post(
    "/api/campaigns",
    {
      schema: {
        summary: "Start a campaign: a library and a version, or an advisory in OSV's format.",
        body: { type: "object" },
      },
      ...parsedByHand,
    },
    async (request, reply) => {
      const parsed = parseStartRequest(request.body);
      if (!parsed.ok) return reply.code(400).send(failure("invalid_request", parsed.message));
      const outcome = await campaigns.start(parsed.request).catch(unreachable);
      if (outcome.kind !== "done") return refuse(reply, outcome, "unknown_campaign");
      return { dryRun: parsed.request.dryRun, campaigns: outcome.campaigns, files: outcome.files };
    },
  );
  await app.register(campaignOrderRoutes, { fleet, campaigns });
}

/** What people order of a campaign that is there. */
async function campaignOrderRoutes(
  app: FastifyInstance,
  { fleet, campaigns }: CampaignRoutesOptions,
): Promise<void> {
  app.post<{ Params: { name: string } }>(
    "/api/campaigns/:name/ship",
    {
      schema: {
        summary: "Merge everything that scores at least `score`, a few rollouts at a time.",
        body: { type: ["object", "null"] },
      },
      ...parsedByHand,
    },
    async (request, reply) => {
      const parsed = parseShipRequest(request.body);
      if (!parsed.ok) return reply.code(400).send(failure("invalid_request", parsed.message));
      const name = nameOf(request.params.name);
      const outcome = await campaigns.ship(name, parsed.request).catch(unreachable);
      return outcome.kind === "done"
        ? shipAnswer(name, parsed.request.dryRun, outcome)
        : refuse(reply, outcome, "unknown_campaign");
    },
  );

  app.post<{ Params: { name: string } }>(
    "/api/campaigns/:name/rollback",
    {
      schema: {
        summary: "Stop, and take everything back that was shipped, a few rollouts at a time.",
        body: { type: ["object", "null"] },
      },
      ...parsedByHand,
    },
    async (request, reply) => {
      const parsed = parseChangeRequest(request.body);
      if (!parsed.ok) return reply.code(400).send(failure("invalid_request", parsed.message));
      const name = nameOf(request.params.name);
      const outcome = await campaigns.rollBack(name, parsed.request).catch(unreachable);
      return outcome.kind === "done"
        ? rollbackAnswer(name, parsed.request.dryRun, outcome)
        : refuse(reply, outcome, "unknown_campaign");
    },
  );

  for (const kind of ["stop", "resume"] as const) {
    app.post<{ Params: { name: string } }>(
      `/api/campaigns/:name/${kind}`,
      {
        schema: {
          summary: kind === "stop" ? "Open and ship nothing more." : "Go on after a stop.",
          body: { type: ["object", "null"] },
        },
        ...parsedByHand,
      },
      async (request, reply) => {
        const parsed = parseChangeRequest(request.body);
        if (!parsed.ok) return reply.code(400).send(failure("invalid_request", parsed.message));
        const { dryRun, by } = parsed.request;
        const reason = parsed.request.reason ?? "asked for by a person";
        const name = nameOf(request.params.name);
        const change: CampaignChange = kind === "stop" ? { kind, reason } : { kind };
        if (!dryRun) return changeTo(campaigns, name, change, { by, reason }, reply);
        if ((await fleet.current())?.campaigns.has(name) !== true)
          return reply.code(404).send(failure("unknown_campaign", `There is no campaign ${name}.`));
        return { campaign: name, dryRun, change: kind };
      },
    );
  }
}

async function changeTo(
  campaigns: CampaignDesk,
  name: string,
  change: CampaignChange,
  { by, reason }: { readonly by: string; readonly reason: string },
  reply: FastifyReply,
) {
  const how = { by, cause: "api", evidence: { reason } };
  const outcome = await campaigns.change(name, change, how).catch(unreachable);
  return outcome.kind === "done"
    ? { campaign: name, dryRun: false, change: change.kind }
    : refuse(reply, outcome, "unknown_campaign");
}
