import type { FastifyInstance } from "fastify";
import type { NoticeState } from "#adapters/store/database.ts";
import { listNotices, redeliverNotices } from "#adapters/store/notices.ts";
import type { Store } from "#adapters/store/open-store.ts";
import type { Clock } from "#domain/ports.ts";

const listedMax = 500;

/** What is told outside: what waits, what was delivered, and what was given up and can be sent again. */
export async function noticeRoutes(
  app: FastifyInstance,
  { store, clock }: { readonly store: Store; readonly clock: Clock },
): Promise<void> {
  app.get<{ Querystring: { state?: NoticeState } }>(
    "/api/notices",
    {
      schema: {
        summary:
          "Webhooks to the endpoints of fleet.yaml's notify, newest first; the dead ones were given up.",
        querystring: {
          type: "object",
          properties: { state: { enum: ["waiting", "delivered", "dead"] } },
        },
      },
    },
    async (request) => {
      const found = await listNotices(store.db, request.query.state ?? null, listedMax);
      return {
        notices: found.map(({ id, endpoint, notice, state, attempts, lastError, ...times }) => ({
          id,
          endpoint,
          type: `dev.showrunner.${notice.kind}`,
          subject: notice.subject,
          text: notice.text,
          state,
          attempts,
          error: lastError,
          createdAt: time(times.createdAtMs),
          dueAt: state === "waiting" ? time(times.dueAtMs) : null,
          endedAt: times.endedAtMs === null ? null : time(times.endedAtMs),
        })),
      };
    },
  );
  app.post<{ Body: { id?: string } }>(
    "/api/notices/redeliver",
    {
      schema: {
        summary: "Sends a notice that was given up again, with its same id; without an id, all of them.",
        body: { type: "object", properties: { id: { type: "string", maxLength: 500 } } },
      },
    },
    async (request) => ({
      redelivered: await redeliverNotices(store.db, request.body.id ?? null, clock.now()),
    }),
  );
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
