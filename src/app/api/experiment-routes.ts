import type { FastifyInstance } from "fastify";
import type { Store } from "#adapters/store/open-store.ts";
import type { ExperimentOrder } from "#app/experiment/change-experiment.ts";
import type { ExperimentDesk } from "#app/experiment/experiment-desk.ts";
import type { Clock } from "#domain/ports.ts";
import type { FleetSnapshot } from "#domain/reconcile/fleet-snapshot.ts";
import type { Experiment } from "#schemas/types.ts";
import { experimentSummary, experimentView } from "./experiment-view.ts";
import { failure, refuse, unreachable } from "./refusal.ts";

export interface ExperimentRoutesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly fleet: { current(): Promise<FleetSnapshot | null> };
  readonly experiments: ExperimentDesk;
  /** Where GitHub's pages are. */
  readonly webUrl: string;
}

const textMax = 500;
const actor = /^@?[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/;

/** Experiments: what they found so far, and how people end them. */
export async function experimentRoutes(
  app: FastifyInstance,
  options: ExperimentRoutesOptions,
): Promise<void> {
  const { clock, fleet, experiments } = options;
  app.get("/api/experiments", { schema: { summary: "All experiments, by name." } }, async () => {
    const files = [...((await fleet.current())?.experiments.values() ?? [])];
    const found = [];
    for (const { experiment } of files) {
      const state = await experiments.state(experiment.name);
      found.push(experimentSummary({ experiment, state, nowMs: clock.now() }));
    }
    return { experiments: found.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  });

  app.get<{ Params: { name: string } }>(
    "/api/experiments/:name",
    { schema: { summary: "One experiment: its cells against the control, metric by metric." } },
    async (request, reply) => {
      const { name } = request.params;
      const file = (await fleet.current())?.experiments.get(name);
      if (file === undefined)
        return reply.code(404).send(failure("unknown_experiment", `There is no experiment ${name}.`));
      return experimentView({
        experiment: file.experiment,
        state: await experiments.state(name),
        repositoryUrl: await repositoryUrl(options, file.experiment),
        nowMs: clock.now(),
      });
    },
  );

  for (const kind of ["stop", "promote"] as const) {
    app.post<{ Params: { name: string } }>(
      `/api/experiments/:name/${kind}`,
      {
        schema: {
          summary:
            kind === "stop"
              ? "End an experiment; every request is stable's again."
              : "End an experiment, and propose one of its cells for everybody in a pull request.",
          body: { type: ["object", "null"] },
        },
        // What is wrong with a body is said in words.
        validatorCompiler: () => () => true,
      },
      async (request, reply) => {
        const parsed = parseOrder(kind, request.body);
        if (typeof parsed === "string") return reply.code(400).send(failure("invalid_request", parsed));
        const { name } = request.params;
        const outcome = await experiments.change(name, parsed.order, parsed.by).catch(unreachable);
        return outcome.kind === "done"
          ? { experiment: name, change: kind }
          : refuse(reply, outcome, "unknown_experiment");
      },
    );
  }
}

/** Web address of the repository that holds the experiment's script; null while none declares it. */
async function repositoryUrl(
  { store: { records }, webUrl }: ExperimentRoutesOptions,
  { script, version = "1" }: Experiment,
): Promise<string | null> {
  const declared = await records.findScript(script, version);
  const repository = declared === null ? null : await records.findRepository(declared.repositoryId);
  return repository === null ? null : `${webUrl}/${repository.fullName}`;
}

/** The order, or what is wrong with it. */
function parseOrder(
  kind: ExperimentOrder["kind"],
  body: unknown,
): { readonly order: ExperimentOrder; readonly by: string } | string {
  const fields: Record<string, unknown> = typeof body === "object" && body !== null ? { ...body } : {};
  const { reason, cell, by = "api" } = fields;
  if (typeof reason !== "string" || reason.trim() === "" || reason.length > textMax)
    return "reason must say why, in a short text";
  if (typeof by !== "string" || !actor.test(by)) return "by must be a user's name";
  if (kind === "stop") return { order: { kind, reason }, by };
  if (typeof cell !== "string" || cell.length > textMax) return "cell must be the name of a cell";
  return { order: { kind, cell, reason }, by };
}
