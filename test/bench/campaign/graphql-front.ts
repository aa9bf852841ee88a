import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import type { BenchForge } from "./bench-forge.ts";

export interface GraphqlFront {
  readonly api: string;
  close(): void;
}

/**
 * A forge with what Renovate cannot do without and the local GitHub has not: HEAD, the rules of a branch (none), and one
 * GraphQL query about a repository. All else is passed on as it is, in a process whose time is nobody's, which costs the peer about a millisecond a request.
 */
export async function graphqlFront({ origin, token }: BenchForge): Promise<GraphqlFront> {
  const server = createServer((incoming, response) => {
    const { method, url } = incoming;
    if (method === "HEAD") response.end();
    else if (url?.includes("/rules/branches/")) response.end("[]");
    else if (url === "/api/graphql") void answer(incoming, response, origin, token);
    else pass(incoming, response, origin);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  return {
    api: `http://127.0.0.1:${port}/api/v3`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function pass(incoming: IncomingMessage, response: ServerResponse, origin: string): void {
  const { method, headers } = incoming;
  const onward = request(new URL(incoming.url ?? "/", origin), { method, headers }, (reply) => {
    response.writeHead(reply.statusCode ?? 502, reply.headers);
    reply.pipe(response);
  });
  onward.on("error", () => response.destroy());
  incoming.pipe(onward);
}

async function answer(
  incoming: IncomingMessage,
  response: ServerResponse,
  origin: string,
  token: string,
): Promise<void> {
  const { variables } = await readQuery(incoming);
  const nameWithOwner = `${variables?.owner}/${variables?.name}`;
  const path = `/api/v3/repos/${nameWithOwner}/git/ref/heads/main`;
  const head = await fetch(origin + path, { headers: { authorization: `token ${token}` } });
  const { object }: { object?: { sha: string } } = JSON.parse(await head.text());
  const repository = {
    id: nameWithOwner,
    sshUrl: "",
    isFork: false,
    parent: null,
    isArchived: false,
    nameWithOwner,
    hasIssuesEnabled: false,
    hasVulnerabilityAlertsEnabled: false,
    autoMergeAllowed: false,
    mergeCommitAllowed: true,
    rebaseMergeAllowed: false,
    squashMergeAllowed: false,
    mergeQueue: null,
    defaultBranchRef: { name: "main", target: { oid: object?.sha } },
    issues: { nodes: [] },
  };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ data: { repository } }));
}

interface Query {
  readonly variables?: { readonly owner: string; readonly name: string };
}

async function readQuery(incoming: IncomingMessage): Promise<Query> {
  const query: unknown = await json(incoming);
  // Only Renovate asks here.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return query as Query;
}
