import {
  Agent,
  createServer,
  request as sendRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { randomUUID } from "node:crypto";

const UPSTREAM_IDLE_MS = 5000;
const REPLY_PREFIX_BYTES = 300;
const CONNECTION_HEADERS = ["connection", "keep-alive", "proxy-connection", "upgrade"];
// A body without a length goes on without one; what was expected of this server it has done.
const NOT_UPSTREAM = new Set([...CONNECTION_HEADERS, "expect"]);
const NOT_DOWNSTREAM = new Set([...CONNECTION_HEADERS, "transfer-encoding"]);

/** What stands in the way of a request: told to the client instead of an answer of the script. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly script: string | null;
  /** More fields of the error, such as the problems of a build. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface AnsweredRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly script: string | null;
  /** The platform's error code, where the answer is one. */
  readonly code: string | null;
}

export interface DevGatewayDeps {
  /** The node's gateway; null while it is down. */
  readonly upstream: () => URL | null;
  /** Settles when the request may go on to the node (null), or with what stands in its way. */
  readonly admit: (path: string) => Promise<Refusal | null>;
  readonly onAnswered: (answered: AnsweredRequest) => void;
}

/** Stands before the node's gateway: passes requests through as they are, and knows what the node cannot. */
export class DevGateway {
  readonly server: Server;
  readonly #deps: DevGatewayDeps;
  // Idle connections are given up long before the node would close them.
  readonly #agent = new Agent({ keepAlive: true, timeout: UPSTREAM_IDLE_MS, maxFreeSockets: 64 });

  constructor(deps: DevGatewayDeps) {
    this.#deps = deps;
    this.server = createServer({ requestTimeout: 300_000, headersTimeout: 20_000 }, (message, response) => {
      this.#serve(message, response).catch(() => response.destroy());
    });
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
    this.#agent.destroy();
  }

  async #serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const startedMs = performance.now();
    const path = (message.url ?? "/").split("?")[0] ?? "/";
    const answered = (status: number, script: string | null, code: string | null): void => {
      const durationMs = performance.now() - startedMs;
      this.#deps.onAnswered({ method: message.method ?? "", path, status, durationMs, script, code });
    };
    const refusal = await this.#deps.admit(path);
    const upstream = this.#deps.upstream();
    if (refusal !== null) {
      refuse(message, response, refusal);
      answered(refusal.status, refusal.script, refusal.code);
    } else if (upstream === null) {
      refuse(message, response, RUNTIME_DOWN);
      answered(RUNTIME_DOWN.status, null, RUNTIME_DOWN.code);
    } else await this.#pass(message, response, upstream, answered);
  }

  async #pass(
    message: IncomingMessage,
    response: ServerResponse,
    upstream: URL,
    answered: (status: number, script: string | null, code: string | null) => void,
  ): Promise<void> {
    await new Promise<void>((resolve) => {
      const outgoing = sendRequest({
        host: upstream.hostname,
        port: upstream.port,
        agent: this.#agent,
        method: message.method,
        path: message.url,
        headers: without(NOT_UPSTREAM, message.rawHeaders),
        setHost: false,
      });
      const giveUp = (): void => {
        if (response.headersSent) response.destroy();
        else {
          refuse(message, response, WORKER_GONE);
          answered(WORKER_GONE.status, null, WORKER_GONE.code);
        }
        resolve();
      };
      outgoing.on("error", giveUp);
      outgoing.on("response", (reply) => {
        relay(reply, response, answered, resolve);
      });
      response.on("close", () => {
        if (!response.writableFinished) outgoing.destroy();
        resolve();
      });
      message.pipe(outgoing);
    });
  }
}

const RUNTIME_DOWN: Refusal = {
  status: 503,
  code: "not_ready",
  message: "The runtime is starting.",
  script: null,
};
const WORKER_GONE: Refusal = {
  status: 503,
  code: "worker_restarted",
  message: "The runtime closed the connection before it answered.",
  script: null,
};

function relay(
  reply: IncomingMessage,
  response: ServerResponse,
  answered: (status: number, script: string | null, code: string | null) => void,
  done: () => void,
): void {
  const status = reply.statusCode ?? 502;
  const script = String(reply.headers["x-showrunner-script"] ?? "") || null;
  const isJson = reply.headers["content-type"] === "application/json";
  let prefix = "";
  reply.on("data", (chunk: Buffer) => {
    if (status >= 400 && isJson && prefix.length < REPLY_PREFIX_BYTES) {
      prefix += chunk.toString("latin1", 0, REPLY_PREFIX_BYTES);
    }
  });
  reply.on("error", () => {
    response.destroy();
    answered(status, script, "connection_closed");
    done();
  });
  reply.on("end", () => {
    answered(status, script, /^\{"error":\{"code":"([a-z_]+)"/.exec(prefix)?.[1] ?? null);
    done();
  });
  response.sendDate = false;
  response.writeHead(status, reply.statusMessage, without(NOT_DOWNSTREAM, reply.rawHeaders));
  reply.pipe(response);
}

/** Names and values in turn, as they came, without the named ones. */
function without(names: ReadonlySet<string>, rawHeaders: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (!names.has(name.toLowerCase())) kept.push(name, rawHeaders[at + 1] ?? "");
  }
  return kept;
}

function refuse(
  message: IncomingMessage,
  response: ServerResponse,
  { status, code, message: text, script, details }: Refusal,
): void {
  message.resume();
  const error = { code, message: text, script, requestId: randomUUID(), ...details };
  const body = Buffer.from(JSON.stringify({ error }));
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": body.length,
    ...(status === 503 ? { "retry-after": "1" } : {}),
  });
  response.end(message.method === "HEAD" ? undefined : body);
}
