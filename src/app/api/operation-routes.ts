import type { FastifyInstance } from "fastify";
import { listAudit } from "#adapters/store/audit.ts";
import type { Store } from "#adapters/store/open-store.ts";
import { parseOperationRequest } from "#app/operations/operation-request.ts";
import type { OperationOutcome } from "#app/operations/perform-operation.ts";
import { assertNever } from "#domain/assert-never.ts";
import type { OperationError, OperationPlan } from "#domain/operations/operation-plan.ts";
import { formatTarget } from "#domain/operations/operation-target.ts";
import { type Operation, operationKinds } from "#domain/operations/operation.ts";
import type { Clock } from "#domain/ports.ts";
import { failure, unreachable } from "./refusal.ts";

export interface OperationRoutesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly operate: (
    operation: Operation,
    how: { readonly cause: string; readonly dryRun: boolean },
  ) => Promise<OperationOutcome>;
}

const auditDefault = 100;
const auditMax = 1_000;

const bodySchema = {
  type: "object",
  required: ["kind", "target", "reason"],
  properties: {
    kind: { enum: [...operationKinds] },
    target: {
      description:
        'A text ("NAME", "NAME@VERSION", "group:NAME", "region:NAME", "fleet") or an object with script and version, group, selector ("team=web"), region, or fleet: true.',
    },
    reason: { type: "string", description: "Why, for the record." },
    for: { type: "string", description: "How long a freeze or kill holds, a duration such as 2h." },
    to: {
      type: "string",
      description: "The commit that a rollback goes back to; the one before by default.",
    },
    dryRun: { type: "boolean", description: "Only say what would be done." },
    confirm: { type: "integer", description: "The number of scripts that a selector is known to change." },
    by: { type: "string", description: "Who asks, as the holder of the token says." },
  },
} as const;

/** Operations: what people do to rollouts, and the record of it. */
export async function operationRoutes(
  app: FastifyInstance,
  { store, clock, operate }: OperationRoutesOptions,
): Promise<void> {
  const schema = {
    summary:
      "Pause, resume, abort, roll back, promote, freeze, unfreeze, kill or unkill: one commit in the fleet repository.",
    body: bodySchema,
  };
  // What is wrong with a body is said by one parser, in words; the schema describes it for readers.
  app.post("/api/operations", { schema, validatorCompiler: () => () => true }, async (request, reply) => {
    const parsed = parseOperationRequest(request.body, clock.now());
    if (!parsed.ok) return reply.code(400).send(failure("invalid_request", parsed.message));
    const { operation, dryRun } = parsed.request;
    const outcome = await operate(operation, { cause: "api", dryRun }).catch(unreachable);
    switch (outcome.kind) {
      case "done":
        return performed(operation, dryRun, outcome.plan);
      case "refused": {
        const { kind, message } = outcome.error;
        return reply.code(kind === "unknownTarget" ? 404 : 409).send(failure(codes[kind], message));
      }
      case "unavailable":
        return reply.code(503).send(failure("unavailable", outcome.message));
      default:
        return assertNever(outcome);
    }
  });

  app.get<{ Querystring: { limit?: string } }>(
    "/api/operations",
    { schema: { summary: "What was done, by whom and why, newest first, and what takes it back." } },
    async (request) => {
      const limit = Number(request.query.limit ?? auditDefault);
      const bounded = Number.isSafeInteger(limit) && limit > 0 ? Math.min(limit, auditMax) : auditDefault;
      const entries = await listAudit(store.db, bounded);
      return {
        operations: entries.map(({ atMs, ...entry }) => ({ ...entry, at: new Date(atMs).toISOString() })),
      };
    },
  );
}

const codes: Readonly<Record<OperationError["kind"], string>> = {
  unknownTarget: "unknown_target",
  unsupportedTarget: "unsupported_target",
  nothingToDo: "nothing_to_do",
  overCap: "over_cap",
  unknownRevision: "unknown_revision",
  invalidTime: "invalid_time",
};

function performed(operation: Operation, dryRun: boolean, plan: Extract<OperationPlan, { ok: true }>) {
  const { kind, target } = operation;
  return {
    kind,
    target: formatTarget(target),
    dryRun,
    affected: plan.affected,
    summary: plan.summary,
    files: plan.changes.map(({ path, content }) => ({
      path,
      change: content === null ? "deleted" : "written",
    })),
    undo: plan.undo,
  };
}
