import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { networkInterfaces } from "node:os";

export interface InnerServers {
  /** Port on loopback of a service that no script may reach. */
  readonly innerPort: number;
  /** host:port of a service that scripts may call; empty on a machine with no outer address. */
  readonly lan: string;
  /** Requests that only a smuggler can have sent, or that reached the inner service. */
  readonly breaches: string[];
  close(): Promise<void>;
}

/** What hostile scripts aim at: a forbidden service, and an allowed one that redirects, hangs and floods. */
export async function startInnerServers(): Promise<InnerServers> {
  const breaches: string[] = [];
  const inner = await serve("127.0.0.1", (request, response) => {
    breaches.push(`the inner service was asked for ${request.url}`);
    response.end("inner");
  });
  const address = Object.values(networkInterfaces())
    .flat()
    .find((found) => found?.family === "IPv4" && !found.internal)?.address;
  const outer = address === undefined ? null : await serve(address, answerOutside(breaches));
  return {
    innerPort: portOf(inner),
    lan: outer === null ? "" : `${address}:${portOf(outer)}`,
    breaches,
    close: async () => {
      for (const server of [inner, outer]) {
        if (server === null) continue;
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      }
    },
  };
}

function answerOutside(breaches: string[]): RequestListener {
  return (request, response) => {
    request.resume();
    const url = new URL(request.url ?? "/", "http://outer");
    if (url.pathname === "/smuggled" || "x-smuggled" in request.headers) {
      breaches.push(`the outer service was asked for ${request.url}`);
    }
    if (url.pathname === "/redirect") {
      response.writeHead(302, { location: url.searchParams.get("to") ?? "/" }).end();
    } else if (url.pathname === "/endless") {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", more);
      more();
    } else if (url.pathname !== "/hang") response.end("outer");
  };
}

async function serve(host: string, listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  server.listen(0, host);
  await once(server, "listening");
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return address.port;
}
