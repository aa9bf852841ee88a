import { timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";

export interface GuardOptions {
  /** The API token. */
  readonly token: string;
  /** Host names under which people reach us. Others are refused, so that no foreign page can be pointed at us by DNS. */
  readonly hosts: ReadonlySet<string>;
  /** Whether reading needs no token: only where we listen on this machine alone. */
  readonly openForReading: boolean;
}

/** Checks Host, Origin and the token before any route of the scope runs. */
export function guard(scope: FastifyInstance, options: GuardOptions): void {
  scope.addHook("onRequest", async (request, reply) => {
    const refused = refusal(request, options);
    if (refused)
      return reply.code(refused.status).send({ error: { code: refused.code, message: refused.message } });
    return undefined;
  });
}

function refusal(request: FastifyRequest, { token, hosts, openForReading }: GuardOptions) {
  if (!hosts.has(request.hostname)) {
    return {
      status: 403,
      code: "foreign_host",
      message: `this server is not reached as ${request.hostname}`,
    };
  }
  const { origin, authorization } = request.headers;
  if (origin !== undefined && !hosts.has(hostOf(origin))) {
    return { status: 403, code: "foreign_origin", message: "requests from other sites are refused" };
  }
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (isRead && openForReading) return null;
  const given = /^Bearer (.+)$/.exec(authorization ?? "")?.[1];
  if (given !== undefined && sameText(given, token)) return null;
  return {
    status: 401,
    code: "unauthorized",
    message: "send the API token as `Authorization: Bearer TOKEN`",
  };
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).hostname : "";
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
